import type { SqlSession } from '@portcullis/postgres';
import { describe, expect, it } from 'vitest';
import type { KeyUse } from './api-key-usage.js';
import { KeyUseBuffer } from './key-use-buffer.js';

const session: SqlSession = { query: () => Promise.resolve([]) };

function buffer() {
  const written: KeyUse[][] = [];
  let failing = false;
  let minute = 0;
  const uses = new KeyUseBuffer(
    {
      record: (_, batch) => {
        if (failing) return Promise.reject(new Error('down'));
        written.push([...batch]);
        return Promise.resolve();
      },
    },
    () => new Date(Date.UTC(2026, 0, 1, 0, (minute += 1))),
  );
  return { uses, written, fail: (value: boolean) => (failing = value) };
}

describe('uses of keys', () => {
  it('are written together, each key once with its last use', async () => {
    const { uses, written } = buffer();
    uses.seen('t1', 'k1');
    uses.seen('t1', 'k2');
    uses.seen('t1', 'k1');
    await uses.flush(session);
    await uses.flush(session);
    expect(written.map((batch) => batch.map(({ keyId, at }) => [keyId, at.getUTCMinutes()]))).toEqual([
      [
        ['k1', 3],
        ['k2', 2],
      ],
    ]);
  });

  it('are kept when they cannot be written', async () => {
    const { uses, written, fail } = buffer();
    uses.seen('t1', 'k1');
    fail(true);
    await expect(uses.flush(session)).rejects.toThrow('down');
    uses.seen('t1', 'k1');
    fail(false);
    await uses.flush(session);
    expect(written.map((batch) => batch.map(({ keyId, at }) => [keyId, at.getUTCMinutes()]))).toEqual([
      [['k1', 2]],
    ]);
  });

  it('are bounded', async () => {
    const { uses, written } = buffer();
    for (let n = 0; n < 10_050; n += 1) uses.seen('t1', `k${n}`);
    await uses.flush(session);
    expect(written[0]).toHaveLength(10_000);
  });
});
