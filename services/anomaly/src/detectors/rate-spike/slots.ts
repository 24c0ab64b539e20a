/** One number for each slot of time, up to the newest slot. Immutable; slots before the first number hold zero. */
export interface Slots {
  readonly newest: number;
  /** The last one belongs to `newest`. */
  readonly values: readonly number[];
}

export function slotsFrom(newest: number): Slots {
  return { newest, values: [0] };
}

export function valueAt({ newest, values }: Slots, slot: number): number {
  return values[values.length - 1 - (newest - slot)] ?? 0;
}

/** Sum over the slots from `from` to `to`, both included. */
export function sumOf({ newest, values }: Slots, from: number, to: number): number {
  const last = values.length - 1 - (newest - Math.min(to, newest));
  let sum = 0;
  for (let at = Math.max(0, values.length - 1 - (newest - from)); at <= last; at += 1) sum += values[at]!;
  return sum;
}

export function maxOf({ newest, values }: Slots, from: number, to: number): number {
  const last = values.length - 1 - (newest - Math.min(to, newest));
  let max = 0;
  for (let at = Math.max(0, values.length - 1 - (newest - from)); at <= last; at += 1) {
    if (values[at]! > max) max = values[at]!;
  }
  return max;
}

/** The same with a later newest slot, of which at most `length` are kept. */
export function advanced({ newest, values }: Slots, to: number, length: number): Slots {
  const empty = to - newest;
  if (empty >= length) return slotsFrom(to);
  const kept = values.slice(Math.max(0, values.length + empty - length));
  for (let count = 0; count < empty; count += 1) kept.push(0);
  return { newest: to, values: kept };
}

/** The same with another number in a slot that is held; a slot that is not held is left alone. */
export function withValue(slots: Slots, slot: number, value: number): Slots {
  const at = slots.values.length - 1 - (slots.newest - slot);
  if (at < 0 || at >= slots.values.length) return slots;
  const values = slots.values.slice();
  values[at] = value;
  return { newest: slots.newest, values };
}

/** The same without the slots after `to`, which becomes the newest. */
export function cutBack({ newest, values }: Slots, to: number): Slots {
  const kept = values.slice(0, Math.max(0, values.length - (newest - to)));
  return kept.length === 0 ? slotsFrom(to) : { newest: to, values: kept };
}
