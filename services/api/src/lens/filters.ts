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

/** One `equals` for each value that is given, by the field its name stands for. */
export function chosen<Name extends string>(
  fields: Readonly<Record<Name, string | readonly string[]>>,
  values: Readonly<Partial<Record<NoInfer<Name>, string | undefined>>>,
): Filter[] {
  return Object.entries<string | readonly string[]>(fields).flatMap(([name, field]) => {
    const value = values[name as Name];
    return value === undefined ? [] : [equals(field, value)];
  });
}
