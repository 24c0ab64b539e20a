import { beforeEach, afterEach, describe, expect, it, vi } from 'vitest';
import { JoinedInserts, type InsertPart } from './joined-inserts.js';

describe('JoinedInserts', () => {
  let inserts: { rows: readonly number[]; token: string; done: (error?: Error) => void }[];
  let joined: JoinedInserts<number>;
  beforeEach(() => {
    vi.useFakeTimers();
    inserts = [];
    joined = new JoinedInserts<number>(
      (rows, token) =>
        new Promise((resolve, reject) => {
          inserts.push({ rows, token, done: (error) => (error ? reject(error) : resolve()) });
        }),
      { lingerMs: 100, maxRows: 10, maxBytes: 1000 },
    );
  });
  afterEach(() => vi.useRealTimers());

  const part = (rows: number[], overrides: Partial<InsertPart<number>> = {}): InsertPart<number> => ({
    rows,
    token: rows.join(),
    group: 'g',
    bytes: rows.length,
    urgent: false,
    ...overrides,
  });
  const rowsOf = () => inserts.map(({ rows }) => rows);

  it('waits for others, and stores what came meanwhile with one insert', async () => {
    const all = [joined.add(part([1])), joined.add(part([2, 3]))];
    await vi.advanceTimersByTimeAsync(99);
    expect(rowsOf()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(rowsOf()).toEqual([[1, 2, 3]]);
    inserts[0]?.done();
    await expect(Promise.all(all)).resolves.toBeDefined();
  });

  it('does not wait for rows that others wait behind, nor once there are enough', async () => {
    void joined.add(part([1], { urgent: true }));
    expect(rowsOf()).toEqual([[1]]);
    inserts[0]?.done();
    await vi.advanceTimersByTimeAsync(0);
    void joined.add(part([2, 3, 4, 5, 6]));
    void joined.add(part([7, 8, 9, 10, 11]));
    expect(rowsOf()).toEqual([[1], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]);
    inserts[1]?.done();
    await vi.advanceTimersByTimeAsync(0);
    void joined.add(part([12], { bytes: 1000 }));
    expect(rowsOf()).toHaveLength(3);
  });

  it('runs one insert at a time and joins what comes during it', async () => {
    void joined.add(part([1], { urgent: true }));
    void joined.add(part([2], { urgent: true }));
    void joined.add(part([3]));
    await vi.advanceTimersByTimeAsync(1000);
    expect(rowsOf()).toEqual([[1]]);
    inserts[0]?.done();
    await vi.advanceTimersByTimeAsync(0);
    expect(rowsOf()).toEqual([[1], [2, 3]]);
  });

  it('keeps groups and limits apart, and never cuts one caller', async () => {
    void joined.add(part([1], { group: 'a' }));
    void joined.add(part([2], { group: 'b' }));
    void joined.add(part([3], { group: 'a' }));
    const large = Array.from({ length: 30 }, (_, n) => 100 + n);
    void joined.add(part(large, { group: 'a' }));
    for (let n = 0; n < 3; n += 1) {
      await vi.advanceTimersByTimeAsync(100);
      inserts[n]?.done();
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(rowsOf()).toEqual([[1, 3], [2], large]);
  });

  it('tells every caller of a failed insert, and goes on', async () => {
    const first = [joined.add(part([1])), joined.add(part([2]))];
    await vi.advanceTimersByTimeAsync(100);
    const ended = Promise.allSettled(first);
    inserts[0]?.done(new Error('away'));
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    void joined.add(part([3], { urgent: true }));
    expect(rowsOf()).toEqual([[1, 2], [3]]);
  });

  it('names the same parts alike in any order, others otherwise', async () => {
    const tokenOf = async (...parts: number[][]) => {
      const start = inserts.length;
      for (const rows of parts) void joined.add(part(rows));
      await vi.advanceTimersByTimeAsync(100);
      inserts[start]?.done();
      await vi.advanceTimersByTimeAsync(0);
      return inserts[start]?.token;
    };
    const joinedToken = await tokenOf([1, 2], [3]);
    expect(await tokenOf([3], [1, 2])).toBe(joinedToken);
    expect(await tokenOf([1], [2, 3])).not.toBe(joinedToken);
    expect(await tokenOf([1, 2])).toBe('1,2');
  });

  it('has nothing to do for no rows', async () => {
    await joined.add(part([]));
    await vi.advanceTimersByTimeAsync(1000);
    expect(inserts).toEqual([]);
  });
});
