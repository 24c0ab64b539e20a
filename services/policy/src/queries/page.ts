import { Rejection } from '@portcullis/eventing';

/** Where a list goes on: the sort key of the last item shown. */
export type PageKey = readonly (string | number)[];

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor: string | null;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | null | undefined;
}

export function encodeCursor(key: PageKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Refuses a cursor whose parts are not of the kinds given: it came from somewhere else. */
export function decodeCursor(
  cursor: string | null | undefined,
  kinds: readonly ('string' | 'number')[],
): PageKey | null {
  if (cursor === null || cursor === undefined) return null;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(key) &&
      key.length === kinds.length &&
      kinds.every((kind, index) => typeof key[index] === kind)
    ) {
      return key as PageKey;
    }
  } catch {
    // Falls through to the one answer there is.
  }
  throw new Rejection('request.invalid', 'invalid', 'The cursor is not one of this list.', [
    { pointer: '/cursor', message: 'is not valid' },
  ]);
}

/** A page of a list in memory, by key: what comes or goes between two pages shifts nothing. */
export function pageOf<Item>(
  items: Iterable<Item>,
  { limit, cursor }: PageRequest,
  keyOf: (item: Item) => PageKey,
  kinds: readonly ('string' | 'number')[],
): Page<Item> {
  const after = decodeCursor(cursor, kinds);
  const keyed = [...items].map((item) => ({ item, key: keyOf(item) }));
  const rest = keyed
    .filter(({ key }) => after === null || compareKeys(key, after) > 0)
    .sort((a, b) => compareKeys(a.key, b.key));
  const shown = rest.slice(0, limit);
  const last = rest.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(({ item }) => item), cursor: last ? encodeCursor(last.key) : null };
}

/** A page of rows already cut to one more than the limit by the database. */
export function pageOfRows<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => PageKey,
): Page<Row> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { items: shown, cursor: last ? encodeCursor(keyOf(last)) : null };
}

function compareKeys(a: PageKey, b: PageKey): number {
  for (let index = 0; index < a.length; index += 1) {
    const [left, right] = [a[index] as string | number, b[index] as string | number];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
