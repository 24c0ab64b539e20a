/** Numbers told apart behind the highest one. A gateway repeats what its last append held, thousands at most. */
export const SEQUENCE_SPAN = 65_536;

/**
 * Which sequence numbers of one gateway process were seen, as a bitmap behind the highest. One partition holds only some
 * of them, so a missing number says nothing here. Plain data, so that a snapshot can hold it.
 */
export interface SequenceWindow {
  highest: number;
  readonly bits: Uint32Array;
}

export function sequenceWindow(): SequenceWindow {
  return { highest: -1, bits: new Uint32Array(SEQUENCE_SPAN / 32) };
}

/**
 * Marks a number and tells whether it was seen before. A number too far behind to know counts as new: a call counted
 * twice does less harm than one that is never looked at.
 */
export function seenBefore(window: SequenceWindow, sequence: number): boolean {
  if (sequence <= window.highest - SEQUENCE_SPAN) return false;
  if (sequence > window.highest) {
    forget(window, sequence);
    window.highest = sequence;
  }
  const at = sequence % SEQUENCE_SPAN;
  const word = window.bits[at >>> 5]!;
  const bit = 1 << (at & 31);
  window.bits[at >>> 5] = word | bit;
  return (word & bit) !== 0;
}

/** Clears the places of the numbers after the highest, up to the new one. */
function forget({ highest, bits }: SequenceWindow, upTo: number): void {
  if (upTo - highest >= SEQUENCE_SPAN) {
    bits.fill(0);
    return;
  }
  for (let sequence = highest + 1; sequence <= upTo; sequence += 1) {
    const at = sequence % SEQUENCE_SPAN;
    bits[at >>> 5] = bits[at >>> 5]! & ~(1 << (at & 31));
  }
}
