import type { Filter } from '@portcullis/lens';

const NOWHERE = { from: 0, to: 0 };

/** `field:="value"`, of a field or a part of one, for queries that are built rather than written: nothing in the value means anything. */
export function equals(field: string | readonly string[], value: string): Filter {
  const path = typeof field === 'string' ? [field] : field;
  const test = { kind: 'equals', value: { text: value, quoted: true, match: 'exact', ...NOWHERE } } as const;
  return { kind: 'term', field: { path, ...NOWHERE }, test, ...NOWHERE };
}

/** `has:field`. */
export function has(field: string): Filter {
  return { kind: 'has', field: { path: [field], ...NOWHERE }, ...NOWHERE };
}

export function every(items: readonly Filter[]): Filter {
  return { kind: 'and', items, ...NOWHERE };
}
