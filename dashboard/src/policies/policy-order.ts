export interface Placed {
  readonly id: string;
  readonly order: number;
}

export interface Move {
  readonly id: string;
  readonly order: number;
}

/**
 * The moves, one after the other, that bring a policy to another place of its list. Between two of them no two others
 * ever change places: what stands behind makes room first, the last one first.
 */
export function movesTo(list: readonly Placed[], from: number, to: number): Move[] {
  const moved = list[from];
  if (moved === undefined || from === to) return [];
  const rest = list.filter((_, index) => index !== from);
  const before = rest[to - 1]?.order ?? -1;
  const after = rest[to]?.order;
  if (after === undefined) return [{ id: moved.id, order: before + 1 }];
  if (after - before > 1) return [{ id: moved.id, order: before + 1 }];

  const place = before + 1;
  const shifted: Move[] = [];
  let next = place + 1;
  for (const { id, order } of rest.slice(to)) {
    if (order >= next) break;
    shifted.push({ id, order: next });
    next += 1;
  }
  return [...shifted.reverse(), { id: moved.id, order: place }];
}
