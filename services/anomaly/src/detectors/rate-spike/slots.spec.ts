import { describe, expect, it } from 'vitest';
import { advanced, cutBack, maxOf, slotsFrom, sumOf, valueAt, withValue } from './slots.js';

describe('slots', () => {
  const slots = { newest: 10, values: [1, 2, 4, 8] };

  it('hold zero before the first and after the newest', () => {
    expect([6, 7, 10, 11].map((slot) => valueAt(slots, slot))).toEqual([0, 1, 8, 0]);
  });

  it('are summed with both ends, whatever of them is held', () => {
    expect(sumOf(slots, 8, 9)).toBe(6);
    expect(sumOf(slots, 0, 100)).toBe(15);
    expect(sumOf(slots, 11, 20)).toBe(0);
    expect(sumOf(slots, 0, 6)).toBe(0);
    expect(maxOf(slots, 0, 9)).toBe(4);
  });

  it('move on with zeros and keep the latest', () => {
    expect(advanced(slots, 12, 4)).toEqual({ newest: 12, values: [4, 8, 0, 0] });
    expect(advanced(slots, 12, 100)).toEqual({ newest: 12, values: [1, 2, 4, 8, 0, 0] });
    expect(advanced(slots, 1_000_000_000, 4)).toEqual({ newest: 1_000_000_000, values: [0] });
  });

  it('take a number where they hold one', () => {
    expect(withValue(slots, 9, 5)).toEqual({ newest: 10, values: [1, 2, 5, 8] });
    expect(withValue(slots, 11, 5)).toBe(slots);
    expect(withValue(slots, 6, 5)).toBe(slots);
    expect(slots.values).toEqual([1, 2, 4, 8]);
  });

  it('can be cut back', () => {
    expect(cutBack(slots, 8)).toEqual({ newest: 8, values: [1, 2] });
    expect(cutBack(slots, 3)).toEqual(slotsFrom(3));
  });
});
