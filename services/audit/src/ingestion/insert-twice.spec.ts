import { ClickHouseError, type ClickHouseErrorCode } from '@portcullis/clickhouse';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { insertTwice } from './insert-twice.js';

describe('insertTwice', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  async function attempts(
    code: ClickHouseErrorCode,
    failures: number,
  ): Promise<{ tokens: string[]; error: unknown }> {
    const tokens: string[] = [];
    const running = insertTwice('a token', async (token) => {
      tokens.push(token);
      if (tokens.length <= failures) throw new ClickHouseError({ kind: 'transient', code });
    }).then(
      () => undefined,
      (error: unknown) => error,
    );
    await vi.runAllTimersAsync();
    return { tokens, error: await running };
  }

  it('repeats an insert whose outcome is not known, under the same name', async () => {
    for (const code of ['clickhouse.connection', 'clickhouse.timeout'] as const) {
      const { tokens, error } = await attempts(code, 1);
      expect(error).toBeUndefined();
      expect(tokens).toHaveLength(2);
      expect(new Set(tokens).size).toBe(1);
    }
  });

  it('gives up after the second time, and at once on every other failure', async () => {
    expect(await attempts('clickhouse.timeout', 2)).toMatchObject({
      tokens: { length: 2 },
      error: { code: 'clickhouse.timeout' },
    });
    expect(await attempts('clickhouse.data', 1)).toMatchObject({
      tokens: { length: 1 },
      error: { code: 'clickhouse.data' },
    });
  });

  it('names an insert otherwise in the next process, so that a replay can bring back what was lost', async () => {
    const { tokens: before } = await attempts('clickhouse.busy', 0);
    vi.resetModules();
    const next = await import('./insert-twice.js');
    const after: string[] = [];
    await next.insertTwice('a token', async (token) => void after.push(token));
    expect(before).toHaveLength(1);
    expect(after).toHaveLength(1);
    expect(after[0]).not.toBe(before[0]);
    expect(after[0]).toMatch(/\/a token$/);
  });
});
