import { describe, expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.js';

describe('bounded map', () => {
  it('lets the entry not used for longest go', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.peek('b');
    expect(map.set('c', 3)).toBe(2);
    expect([...map.entries()]).toEqual([
      ['a', 1],
      ['c', 3],
    ]);
    expect(map.set('c', 4)).toBe(undefined);
    expect([map.size, map.get('b'), map.get('c')]).toEqual([2, undefined, 4]);
    expect(map.delete('c')).toBe(true);
    expect(map.size).toBe(1);
  });
});
