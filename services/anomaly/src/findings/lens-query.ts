import { serialize, type Filter, type Value } from '@portcullis/lens';
import { NAME_LIMIT } from '../calls/read-call.js';
import type { CallSeen } from '../calls/call-seen.js';

/** Row types of calls that use something, as the audit store names them. */
export const USE_TYPES = ['tool_call', 'resource_read', 'prompt_get'] as const;

const SPAN = { from: 0, to: 0 };
/** Needs no quotes and means nothing but itself. */
const PLAIN = /^[a-z0-9_][A-Za-z0-9_.@-]*$/;

/** A Lens filter: every field must have its value, or one of its values. What is null or empty is left out. */
export function lensQuery(terms: Readonly<Record<string, string | readonly string[] | null>>): string {
  const items = Object.entries(terms).flatMap(([field, wanted]): Filter[] => {
    if (wanted === null || wanted === '') return [];
    if (typeof wanted === 'string') return [term(field, { kind: 'value', value: value(wanted) })];
    if (wanted.length === 0) return [];
    if (wanted.length === 1) return [term(field, { kind: 'value', value: value(wanted[0]!) })];
    return [term(field, { kind: 'list', join: 'OR', values: wanted.map(value) })];
  });
  if (items.length === 0) return '';
  return serialize({ filter: items.length === 1 ? items[0]! : { kind: 'and', items, ...SPAN }, stages: [] });
}

/** The calls of whoever made this one: by agent where there is one, else by key. */
export function actorTerms(call: CallSeen): Readonly<Record<string, string | null>> {
  if (call.agent !== null) return { agent: whole(call.agent) };
  if (call.key !== null) return { key: whole(call.key.label) };
  return { user: call.user === null ? null : whole(call.user) };
}

/** A name that was cut cannot be looked for. */
export function whole(name: string): string | null {
  return name.length < NAME_LIMIT ? name : null;
}

function term(field: string, test: Extract<Filter, { kind: 'term' }>['test']): Filter {
  return { kind: 'term', field: { path: [field], ...SPAN }, test, ...SPAN };
}

function value(text: string): Value {
  return { text, quoted: !PLAIN.test(text), match: 'exact', ...SPAN };
}
