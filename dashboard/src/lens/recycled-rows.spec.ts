import { describe, expect, it } from 'vitest';
import { poolSize, recycled } from './recycled-rows.js';

const around = (first: number, shown: number, count: number) =>
  recycled(
    Array.from({ length: Math.min(shown, count - first) }, (_, n) => ({ index: first + n })),
    count,
    poolSize(shown),
  );

describe('recycled', () => {
  it('holds what is in sight, with keys of their own, to the very end', () => {
    for (const count of [0, 1, 10, 55, 64, 65, 5_000]) {
      for (let first = 0; first < count; first += 7) {
        const indexes = around(first, 54, count);
        const inSight = Array.from({ length: Math.min(54, count - first) }, (_, n) => first + n);
        expect(indexes).toEqual(expect.arrayContaining(inSight));
        expect(indexes.every((index) => index >= 0 && index < count)).toBe(true);
        expect(new Set(indexes.map((index) => index % poolSize(54))).size).toBe(indexes.length);
      }
    }
    expect(recycled([], 0, 16)).toEqual([]);
  });

  it('keeps the elements of every row while scrolling', () => {
    const keys = (first: number) =>
      around(first, 54, 5_000)
        .map((index) => index % poolSize(54))
        .sort((a, b) => a - b);
    expect(keys(1_000)).toEqual(keys(1_009));
  });
});
