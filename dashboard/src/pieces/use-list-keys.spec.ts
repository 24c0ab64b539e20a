import { expect, it } from 'vitest';
import { nextIndex } from './use-list-keys.js';

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
