/**
 * The list with the item at its end, in place of the one at `dropped`; nothing is dropped at -1. For lists that are copied with every
 * call: one copy, where a filter or a slice and a spread make two.
 */
export function appended<Item>(list: readonly Item[], item: Item, dropped = -1): readonly Item[] {
  const next = list.slice();
  if (dropped === -1) {
    next.push(item);
    return next;
  }
  next.copyWithin(dropped, dropped + 1);
  next[next.length - 1] = item;
  return next;
}
