/** Rows that are on the page at once: as many as are asked for, in steps, so that a row more or less changes nothing. */
export function poolSize(shown: number): number {
  return Math.max(16, Math.ceil(shown / 16) * 16);
}

/**
 * The indexes that are on the page, as many as the pool holds, around those in sight. With `index % pool` as its key, a row
 * that comes in at one end takes over the elements of the one that went at the other: making elements is what costs.
 */
export function recycled(
  items: readonly { readonly index: number }[],
  count: number,
  pool: number,
): readonly number[] {
  const from = shownFrom(items[0]?.index ?? 0, count, pool);
  return Array.from({ length: Math.min(pool, count) }, (_, offset) => from + offset);
}

/** The first index that is on the page: a full pool of rows follows it. */
export function shownFrom(first: number, count: number, pool: number): number {
  return Math.max(0, Math.min(first, count - pool));
}
