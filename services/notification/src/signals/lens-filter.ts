import { serialize, type Filter } from '@portcullis/lens';

const SPAN = { from: 0, to: 0 };
/** Needs no quotes and means nothing but itself. */
const PLAIN = /^[a-z0-9_][A-Za-z0-9_.@-]*$/;

/** A Lens query whose rows have these values; what is null or empty is left out. */
export function lensFilter(terms: Readonly<Record<string, string | null>>): string {
  const items = Object.entries(terms).flatMap(([field, wanted]): Filter[] => {
    if (wanted === null || wanted === '') return [];
    const value = { text: wanted, quoted: !PLAIN.test(wanted), match: 'exact' as const, ...SPAN };
    return [{ kind: 'term', field: { path: [field], ...SPAN }, test: { kind: 'value', value }, ...SPAN }];
  });
  if (items.length === 0) return '';
  return serialize({ filter: items.length === 1 ? items[0]! : { kind: 'and', items, ...SPAN }, stages: [] });
}
