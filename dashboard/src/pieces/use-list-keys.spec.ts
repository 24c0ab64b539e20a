import { describe, expect, it } from 'vitest';
import { moveWithin, nextIndex } from './use-list-keys.js';

it.each([
  [-1, 1, 3, 0],
  [-1, -1, 3, 2],
  [0, 1, 3, 1],
  [2, 1, 3, 2],
  [0, -1, 3, 0],
  [0, 1, 0, -1],
])('from %d by %d in a list of %d is %d', (current, step, count, next) => {
  expect(nextIndex(current, step, count)).toBe(next);
});

describe('moveWithin', () => {
  const listOf = (count: number) => {
    let current = -1;
    return {
      element: () => null,
      read: () => ({ count, current }),
      stand: (index: number) => void (current = index),
      open: () => undefined,
    };
  };
  it('goes from the end of one list to the next and back, over an empty one', () => {
    const [first, empty, second] = [listOf(2), listOf(0), listOf(1)];
    const all = [first, empty, second];
    const where = () => all.map((list) => list.read().current);
    const seen = ([1, 1, 1, 1, -1, -1, -1] as const).map((step) => {
      moveWithin(all, step);
      return where();
    });
    expect(seen).toEqual([
      [0, -1, -1],
      [1, -1, -1],
      [-1, -1, 0],
      [-1, -1, 0],
      [1, -1, -1],
      [0, -1, -1],
      [0, -1, -1],
    ]);
  });
  it('enters the last list from its end when it begins upwards', () => {
    const [first, second] = [listOf(2), listOf(3)];
    moveWithin([first, second], -1);
    expect([first.read().current, second.read().current]).toEqual([-1, 2]);
  });
});
