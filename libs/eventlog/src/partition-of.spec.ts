import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from './partition-of.js';

describe('partitionOf', () => {
  // The vectors of Kafka's own UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka does', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('takes the hash without its sign, as Kafka does', () => {
    expect(partitionOf('21', 8)).toBe((-973932308 & 0x7fffffff) % 8);
    expect(partitionOf('foobar', 7)).toBe((-790332482 & 0x7fffffff) % 7);
  });

  it('spreads keys over every partition and gives a key one place', () => {
    const seen = new Set(Array.from({ length: 500 }, (_, i) => partitionOf(`org-${i}/connection`, 8)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(partitionOf('ключ-🔑', 8)).toBe(partitionOf('ключ-🔑', 8));
  });
});
