import { Rejection } from '@portcullis/eventing';

/** Where a list goes on: the sort key of the last item shown. */
export type PageKey = readonly (string | number)[];

export interface Page<Row> {
  readonly items: readonly Row[];
  readonly cursor: string | null;
}

/** Refuses a cursor whose parts are not of the kinds given: it came from somewhere else. */
export function decodeCursor(
  cursor: string | null | undefined,
  kinds: readonly ('string' | 'number')[],
): PageKey | null {
  if (cursor === null || cursor === undefined) return null;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const fits = Array.isArray(key) && key.length === kinds.length;
    if (fits && kinds.every((kind, index) => typeof key[index] === kind)) return key as PageKey;
  } catch {
    // Falls through to the one answer there is.
  }
  throw new Rejection('request.invalid', 'invalid', 'The cursor is not one of this list.', [
    { pointer: '/cursor', message: 'is not valid' },
  ]);
}

/** A page of rows already cut to one more than the limit by the database. */
export function pageOfRows<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => PageKey,
): Page<Row> {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  const cursor = last ? Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') : null;
  return { items, cursor };
}
