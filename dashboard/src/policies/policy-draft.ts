import { policyDocumentSchema, type PolicyDocument, type Rule } from '@portcullis/contracts';
import { checkPolicy } from '@portcullis/policy-engine';
import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  stringify,
  type Document,
  type Node,
  type Pair,
} from 'yaml';

/** Something wrong or doubtful in a draft, at its place in the text. */
export interface DraftProblem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** JSON pointer into the document; none for text that is no YAML. */
  readonly pointer: string | null;
  /** UTF-16 offsets into the text. */
  readonly from: number;
  readonly to: number;
}

export interface PolicyDraft {
  /** The one model: what is published is this text. The form reads it and writes into it, comments and all. */
  readonly text: string;
  /** As far as the text says something; undefined when it is no YAML mapping. */
  readonly value: Readonly<Record<string, unknown>> | undefined;
  /** Present when the document can be published. */
  readonly document: PolicyDocument | undefined;
  readonly problems: readonly DraftProblem[];
}

const OPTIONS = { uniqueKeys: true, prettyErrors: true } as const;
/** Aliases are expanded at most this often; the API's own bound. */
const MAX_ALIASES = 50;

/** Reads a text as the API will, and says what it would say. */
export function readDraft(text: string): PolicyDraft {
  const parsed = parseDocument(text, OPTIONS);
  if (parsed.errors.length > 0) {
    const problems = parsed.errors.map(({ message, pos: [from, to] }): DraftProblem => ({
      severity: 'error',
      message: message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message,
      pointer: null,
      from,
      to: Math.max(to, from + 1),
    }));
    return { text, value: undefined, document: undefined, problems };
  }
  let value: unknown;
  try {
    value = parsed.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return {
      text,
      value: undefined,
      document: undefined,
      problems: [wholeText(text, error instanceof Error ? error.message : 'not YAML')],
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      text,
      value: undefined,
      document: undefined,
      problems: [wholeText(text, 'A policy is a mapping with name and rules.')],
    };
  }
  const { document, errors, warnings } = checkPolicy(value);
  const placed = (severity: DraftProblem['severity']) => (problem: { pointer: string; message: string }) => ({
    severity,
    message: problem.message,
    pointer: problem.pointer,
    ...placeOf(parsed, problem.pointer, text.length),
  });
  return {
    text,
    value: value as Record<string, unknown>,
    document,
    problems: [...errors.map(placed('error')), ...warnings.map(placed('warning'))],
  };
}

/** A document as the text people edit, its fields in the schema's order: the store keeps none, and a diff must not show that. */
export function draftText(document: PolicyDocument | Readonly<Record<string, unknown>>): string {
  const read = policyDocumentSchema.safeParse(document);
  return stringify(read.success ? read.data : document, { lineWidth: 110 });
}

/** Rules of a draft as far as they can be shown in a form; a broken draft has none. */
export function draftRules(draft: PolicyDraft): readonly Partial<Rule>[] {
  const rules = draft.value?.['rules'];
  return Array.isArray(rules)
    ? rules.map(
        (rule: unknown) =>
          (typeof rule === 'object' && rule !== null && !Array.isArray(rule) ? rule : {}) as Partial<Rule>,
      )
    : [];
}

/** The text with one rule replaced; what stands around it, comments included, stays. */
export function withRule(text: string, index: number, rule: Partial<Rule>): string {
  return edited(text, (document) => document.setIn(['rules', index], document.createNode(rule)));
}

export function withRuleAdded(text: string, index: number, rule: Partial<Rule>): string {
  return edited(text, (document) => {
    if (!isSeq(document.get('rules'))) document.set('rules', document.createNode([]));
    const rules = document.get('rules');
    if (isSeq(rules)) {
      rules.flow = false;
      rules.items.splice(index, 0, document.createNode(rule));
    }
  });
}

export function withoutRule(text: string, index: number): string {
  return edited(text, (document) => document.deleteIn(['rules', index]));
}

export function withRuleMoved(text: string, from: number, to: number): string {
  return edited(text, (document) => {
    const rules = document.get('rules');
    if (!isSeq(rules)) return;
    const [rule] = rules.items.splice(from, 1);
    if (rule !== undefined) rules.items.splice(to, 0, rule);
  });
}

/** The text with a field of the policy itself set, or taken out when `undefined`. */
export function withField(text: string, name: string, value: unknown): string {
  return edited(text, (document) =>
    value === undefined ? document.delete(name) : document.set(name, value),
  );
}

/** Which rule an offset of the text stands in. */
export function ruleAt(text: string, offset: number): number {
  const rules = parseDocument(text, OPTIONS).get('rules');
  if (!isSeq(rules)) return -1;
  return rules.items.findIndex((rule) => {
    const range = (rule as Node | null)?.range;
    return range !== null && range !== undefined && offset >= range[0] && offset <= range[2];
  });
}

function edited(text: string, edit: (document: Document) => unknown): string {
  const document = parseDocument(text, OPTIONS);
  // What is no YAML is the person's to mend: the form does not write over it.
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  edit(document);
  return document.toString({ lineWidth: 110 });
}

/** Where a pointer leads in the text: the value it names, its key when the value is a whole block, or as near as there is something. */
function placeOf(document: Document.Parsed, pointer: string, length: number): { from: number; to: number } {
  const segments = pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
  let node: unknown = document.contents;
  let range = rangeOf(node) ?? [0, length];
  for (const segment of segments) {
    const pair: Pair | undefined = isMap(node)
      ? node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === segment)
      : undefined;
    const next: unknown =
      pair !== undefined ? pair.value : isSeq(node) ? node.items[Number(segment)] : undefined;
    const key = pair === undefined ? undefined : rangeOf(pair.key);
    const own = rangeOf(next);
    if (own === undefined && key === undefined) break;
    range = isScalar(next) && own !== undefined ? own : (key ?? own ?? range);
    node = next;
  }
  const [from, to] = range;
  return { from, to: Math.max(to, Math.min(length, from + 1)) };
}

function rangeOf(node: unknown): [number, number] | undefined {
  const range = (node as Node | null | undefined)?.range;
  return range ? [range[0], range[1]] : undefined;
}

function wholeText(text: string, message: string): DraftProblem {
  return { severity: 'error', message, pointer: '', from: 0, to: text.length };
}
