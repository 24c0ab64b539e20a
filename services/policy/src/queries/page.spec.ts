import { Rejection } from '@portcullis/eventing';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, pageOf } from './page.js';

const items = [5, 3, 1, 4, 2].map((n) => ({ n, name: `item ${n}` }));
const page = (limit: number, cursor: string | null, from = items) =>
  pageOf(from, { limit, cursor }, ({ n }) => [n], ['number']);

describe('page', () => {
  it('walks through everything once, in order', () => {
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const next: ReturnType<typeof page> = page(2, cursor);
      seen.push(...next.items.map(({ n }) => n));
      cursor = next.cursor;
    } while (cursor !== null);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('has no next page when the last one is full', () => {
    expect(page(5, null).cursor).toBeNull();
  });

  it('goes on where it was when what it ended with is gone', () => {
    const { cursor } = page(2, null);
    expect(
      page(
        2,
        cursor,
        items.filter(({ n }) => n !== 2),
      ).items.map(({ n }) => n),
    ).toEqual([3, 4]);
  });

  it.each([
    'nonsense',
    '',
    encodeCursor(['a']),
    encodeCursor([1, 2]),
    Buffer.from('{"a":1}').toString('base64url'),
    Buffer.from('null').toString('base64url'),
  ])('refuses the cursor %s', (cursor) => {
    expect(() => decodeCursor(cursor, ['number'])).toThrow(Rejection);
  });
});
