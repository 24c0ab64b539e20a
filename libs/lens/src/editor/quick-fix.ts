import type { Diagnostic } from '../syntax/ast.js';

/** A change of the text that takes a mistake away. */
export interface QuickFix {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** What a mistake's suggestion means as a change; null when there is none. */
export function quickFix(text: string, { code, from, to, suggestion }: Diagnostic): QuickFix | null {
  if (suggestion === undefined) return null;
  const end = Math.min(to, text.length);
  const start = Math.min(from, text.length);
  if (code === 'lens.unclosed_parenthesis') {
    // Said of what opens it; closed where the filter or the stage ends.
    const at = segmentEnd(text, start);
    return { from: at, to: at, insert: suggestion };
  }
  // `cont(x)` is one letter wrong: what stands between its parentheses stays.
  if (code === 'lens.unknown_aggregate' && text[end] === '(')
    return { from: start, to: end, insert: suggestion.replace(/\(\)$/, '') };
  return { from: start, to: end, insert: suggestion };
}

/** Where the part between two `|` that holds the place ends, spaces left out. */
function segmentEnd(text: string, place: number): number {
  let quoted = false;
  let end = text.length;
  for (let at = place; at < text.length; at += 1) {
    if (quoted && text[at] === '\\') at += 1;
    else if (text[at] === '"') quoted = !quoted;
    else if (text[at] === '|' && !quoted) {
      end = at;
      break;
    }
  }
  return place + text.slice(place, end).trimEnd().length;
}
