import type { Filter } from '@portcullis/lens';

const NOWHERE = { from: 0, to: 0 };

/** `field:="value"`, for queries that are built rather than written: nothing in the value means anything. */
export function equals(field: string, value: string): Filter {
  const test = { kind: 'equals', value: { text: value, quoted: true, match: 'exact', ...NOWHERE } } as const;
  return { kind: 'term', field: { path: [field], ...NOWHERE }, test, ...NOWHERE };
}

/** `has:field`. */
export function has(field: string): Filter {
  return { kind: 'has', field: { path: [field], ...NOWHERE }, ...NOWHERE };
}

export function every(items: readonly Filter[]): Filter {
  return { kind: 'and', items, ...NOWHERE };
}
