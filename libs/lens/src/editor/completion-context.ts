import { fieldByName } from '../registry/resolve.js';

/** What may stand at a place of a text, and which part of the text it would replace. */
export type CompletionContext = {
  readonly from: number;
  readonly to: number;
  /** What is there before the cursor, without quotes. */
  readonly typed: string;
} & (
  | { readonly kind: 'filter' }
  /** A field's name alone: after `has:`, `by`, `sort`; `numbers` where only those make sense. */
  | { readonly kind: 'field'; readonly numbers: boolean }
  | { readonly kind: 'value'; readonly field: string; readonly quoted: boolean }
  | { readonly kind: 'stage' }
  | { readonly kind: 'aggregate'; readonly words: readonly string[] }
);

const FIELD_OF_TERM =
  /^-?([A-Za-z_][A-Za-z0-9_]*(?:\.(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"))*):(?:>=|<=|>|<|=)?/;
const FIELD_BEFORE_LIST = /([A-Za-z_][A-Za-z0-9_]*(?:\.(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"))*):$/;

/** What can be completed at the cursor; null inside what is free text, or where nothing is known. */
export function completionContext(text: string, cursor: number): CompletionContext | null {
  const before = text.slice(0, cursor);
  const place = placeOf(before);
  const segment = before.slice(place.segmentFrom);
  if (place.stage) return stageContext(segment, cursor);
  if (place.quoteFrom !== null) return quotedValue(before, text, place, cursor);
  const word = /[^\s()|"]*$/.exec(segment)?.[0] ?? '';
  const wordFrom = cursor - word.length;
  const to = cursor + (/^[^\s()|"]*/.exec(text.slice(cursor))?.[0].length ?? 0);
  if (place.list !== null)
    return { kind: 'value', field: place.list, quoted: false, from: wordFrom, to, typed: word };
  const term = FIELD_OF_TERM.exec(word);
  if (term === null) {
    const dash = word.startsWith('-') ? 1 : 0;
    return { kind: 'filter', from: wordFrom + dash, to, typed: word.slice(dash) };
  }
  const from = wordFrom + term[0].length;
  const typed = word.slice(term[0].length);
  if (term[1] === 'has') return { kind: 'field', numbers: false, from, to, typed };
  return { kind: 'value', field: term[1] ?? '', quoted: false, from, to, typed };
}

interface Place {
  /** Where the filter or the stage of the cursor begins. */
  readonly segmentFrom: number;
  readonly stage: boolean;
  /** The quote the cursor is in. */
  readonly quoteFrom: number | null;
  /** The field whose list of values the cursor is in. */
  readonly list: string | null;
}

function placeOf(before: string): Place {
  let segmentFrom = 0;
  let stage = false;
  let quoteFrom: number | null = null;
  let open: (string | null)[] = [];
  for (let at = 0; at < before.length; at += 1) {
    const character = before[at];
    if (quoteFrom !== null) {
      if (character === '\\') at += 1;
      else if (character === '"') quoteFrom = null;
    } else if (character === '"') quoteFrom = at;
    else if (character === '(') open.push(FIELD_BEFORE_LIST.exec(before.slice(segmentFrom, at))?.[1] ?? null);
    else if (character === ')') open.pop();
    else if (character === '|') {
      segmentFrom = at + 1;
      stage = true;
      open = [];
    }
  }
  return { segmentFrom, stage, quoteFrom, list: open.at(-1) ?? null };
}

function quotedValue(before: string, text: string, place: Place, cursor: number): CompletionContext | null {
  const from = place.quoteFrom ?? cursor;
  const head = /[^\s()|]*$/.exec(before.slice(place.segmentFrom, from))?.[0] ?? '';
  const field = place.list ?? FIELD_OF_TERM.exec(head)?.[1];
  if (field === undefined || fieldByName(field.split('.')[0] ?? '') === undefined) return null;
  const rest = /^(?:[^"\\]|\\.)*"?/.exec(text.slice(cursor))?.[0].length ?? 0;
  return {
    kind: 'value',
    field,
    quoted: true,
    from,
    to: cursor + rest,
    typed: before.slice(from + 1).replace(/\\(.)/g, '$1'),
  };
}

function stageContext(segment: string, cursor: number): CompletionContext | null {
  const word = /[A-Za-z0-9_.]*$/.exec(segment)?.[0] ?? '';
  const at = { from: cursor - word.length, to: cursor, typed: word };
  const head = segment.slice(0, segment.length - word.length);
  const stage = /^\s*([a-z]+)\s/.exec(segment)?.[1];
  if (stage === undefined) return head.trim() === '' ? { kind: 'stage', ...at } : null;
  const open = /([a-z0-9]+)\(\s*$/.exec(head)?.[1];
  if (open !== undefined)
    return open === 'count' || open === 'rate' ? null : { kind: 'field', numbers: open !== 'uniq', ...at };
  switch (stage) {
    case 'stats':
      return /\bby\b/.test(head)
        ? { kind: 'field', numbers: false, ...at }
        : { kind: 'aggregate', words: /\)\s+$/.test(head) ? ['by'] : [], ...at };
    case 'timeseries': {
      if (/\bevery\b/.test(head)) return null;
      if (/\bby\s+$/.test(head)) return { kind: 'field', numbers: false, ...at };
      return {
        kind: 'aggregate',
        words: /\bby\b/.test(head) ? ['every'] : /\)\s+$/.test(head) ? ['by', 'every'] : [],
        ...at,
      };
    }
    case 'top':
      return /\btop\s+\d+\s+$/.test(head) ? { kind: 'field', numbers: false, ...at } : null;
    case 'sort':
    case 'fields':
      return { kind: 'field', numbers: false, ...at };
    default:
      return null;
  }
}
