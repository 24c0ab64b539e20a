import { expect, it } from 'vitest';
import { appended } from './appended.js';

it('has the item at the end, in place of another or of none, and leaves the list as it was', () => {
  const list = ['a', 'b', 'c'];
  expect(appended(list, 'd')).toEqual(['a', 'b', 'c', 'd']);
  expect(appended(list, 'd', 0)).toEqual(['b', 'c', 'd']);
  expect(appended(list, 'd', 1)).toEqual(['a', 'c', 'd']);
  expect(appended(list, 'd', 2)).toEqual(['a', 'b', 'd']);
  expect(appended([], 'd')).toEqual(['d']);
  expect(list).toEqual(['a', 'b', 'c']);
});
