import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seenBefore, SEQUENCE_SPAN, sequenceWindow } from './sequence-window.js';

describe('a window of sequence numbers', () => {
  it('tells a number that was seen from one that was not', () => {
    const window = sequenceWindow();
    expect([0, 5, 3, 5, 4, 3, 0].map((sequence) => seenBefore(window, sequence))).toEqual([
      false, false, false, true, false, true, true,
    ]); // prettier-ignore
  });

  it('takes what is too far behind for new', () => {
    const window = sequenceWindow();
    seenBefore(window, 1);
    seenBefore(window, SEQUENCE_SPAN + 1);
    expect(seenBefore(window, 1)).toBe(false);
    expect(seenBefore(window, 2)).toBe(false);
    expect(seenBefore(window, 2)).toBe(true);
  });

  it('agrees with a set, as far as it reaches back', () => {
    const steps = fc.array(fc.integer({ min: -200, max: 40_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (jumps) => {
        const window = sequenceWindow();
        const seen = new Set<number>();
        let at = 0;
        let highest = -1;
        for (const jump of jumps) {
          at = Math.max(0, at + jump);
          if (at > highest - SEQUENCE_SPAN) expect(seenBefore(window, at)).toBe(seen.has(at));
          seen.add(at);
          highest = Math.max(highest, at);
        }
      }),
    );
  });

  it('survives a copy', () => {
    const window = sequenceWindow();
    seenBefore(window, 70_000);
    const copy = structuredClone(window);
    expect(seenBefore(copy, 70_000)).toBe(true);
    expect(seenBefore(copy, 69_999)).toBe(false);
    expect(seenBefore(window, 69_999)).toBe(false);
  });
});
