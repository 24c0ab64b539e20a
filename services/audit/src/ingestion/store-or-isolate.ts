import { ClickHouseError } from '@portcullis/clickhouse';

/**
 * Stores items in as few inserts as possible. An insert that fails for its data is halved until the rows at fault stand
 * alone; those are returned with the reason, all others are stored. One that fails for its size is halved too. Every
 * other failure is thrown, with part of the items stored.
 */
export async function storeOrIsolate<Item>(
  items: readonly Item[],
  insert: (items: readonly Item[]) => Promise<void>,
): Promise<{ item: Item; error: ClickHouseError }[]> {
  if (items.length === 0) return [];
  try {
    await insert(items);
    return [];
  } catch (error) {
    if (!mayDependOnRows(error)) throw error;
    const [only] = items;
    if (items.length === 1 && only !== undefined) {
      if (error.kind !== 'data') throw error;
      return [{ item: only, error }];
    }
    const middle = items.length >> 1;
    const left = await storeOrIsolate(items.slice(0, middle), insert);
    return [...left, ...(await storeOrIsolate(items.slice(middle), insert))];
  }
}

/** Whether fewer rows, or others, could have been stored. */
export function mayDependOnRows(error: unknown): error is ClickHouseError {
  if (!(error instanceof ClickHouseError)) return false;
  return error.kind === 'data' || error.code === 'clickhouse.memory' || error.code === 'clickhouse.too_large';
}
