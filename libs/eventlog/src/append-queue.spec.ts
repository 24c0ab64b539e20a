import { describe, expect, it } from 'vitest';
import { AppendQueue } from './append-queue.js';
import type { NewLogRecord } from './event-log.js';

const record = (name: string, size = 1): NewLogRecord => ({
  topic: 't',
  key: name,
  type: 'T',
  value: new Uint8Array(size),
});
const names = (records: readonly NewLogRecord[]) => records.map((r) => r.key).join('');

function recordingWrites() {
  const writes: string[] = [];
  const pending: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const write = (records: readonly NewLogRecord[]) =>
    new Promise<void>((resolve, reject) => {
      writes.push(names(records));
      pending.push({ resolve, reject });
    });
  const settle = async (error?: Error) => {
    const next = pending.shift()!;
    if (error) next.reject(error);
    else next.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { write, writes, settle };
}

describe('AppendQueue', () => {
  it('puts appends of the same turn into one write and those that arrive meanwhile into the next', async () => {
    const { write, writes, settle } = recordingWrites();
    const queue = new AppendQueue({ write });
    const first = [queue.append([record('a')]), queue.append([record('b')])];
    await new Promise((resolve) => setImmediate(resolve));
    const later = [queue.append([record('c')]), queue.append([record('d')])];
    expect(writes).toEqual(['ab']);
    await settle();
    await Promise.all(first);
    expect(writes).toEqual(['ab', 'cd']);
    await settle();
    await Promise.all(later);
  });

  it('cuts a large append by records and by bytes, in order, and resolves it after its last part', async () => {
    const { write, writes, settle } = recordingWrites();
    const queue = new AppendQueue({ write, maxRecords: 3, maxBytes: 100 });
    let done = false;
    const append = queue
      .append(
        [...'abcd']
          .map((n) => record(n))
          .concat(record('e', 90), record('f', 90), record('g', 500), record('h')),
      )
      .then(() => (done = true));
    await new Promise((resolve) => setImmediate(resolve));
    while (!done) {
      expect(writes.length).toBeLessThan(9);
      await settle();
    }
    await append;
    expect(writes).toEqual(['abc', 'de', 'f', 'g', 'h']);
  });

  it('rejects only the appends of a write that failed, and goes on', async () => {
    const { write, writes, settle } = recordingWrites();
    const queue = new AppendQueue({ write, maxRecords: 2 });
    const failing = queue.append([record('a'), record('b'), record('c')]);
    const after = queue.append([record('d')]);
    await new Promise((resolve) => setImmediate(resolve));
    const refused = expect(failing).rejects.toThrow('disk');
    await settle(new Error('disk'));
    await refused;
    expect(writes).toEqual(['ab', 'd']);
    await settle();
    await after;
  });

  it('refuses appends beyond its bound, but takes any single one', async () => {
    const { write, settle } = recordingWrites();
    const queue = new AppendQueue({ write, maxQueuedBytes: 10 });
    const large = queue.append([record('a', 50)]);
    await expect(queue.append([record('b')])).rejects.toMatchObject({
      code: 'eventlog.queue_full',
      retriable: true,
    });
    await settle();
    await large;
    const next = queue.append([record('b')]);
    await new Promise((resolve) => setImmediate(resolve));
    await settle();
    await next;
  });

  it('refuses a record that is too large or has a NUL in its key without harming others', async () => {
    const queue = new AppendQueue({ write: async () => {} });
    const good = queue.append([record('a')]);
    await expect(queue.append([record('b', 1024 * 1024 + 1)])).rejects.toMatchObject({
      code: 'eventlog.record_too_large',
    });
    await expect(queue.append([record('\0')])).rejects.toMatchObject({ code: 'eventlog.record_invalid' });
    await expect(queue.append([record('é'.repeat(513))])).rejects.toMatchObject({
      code: 'eventlog.record_invalid',
    });
    await expect(
      queue.append([{ ...record('b', 1024 * 1024 + 1), topic: 't.dlq' }]),
    ).resolves.toBeUndefined();
    await good;
  });

  it('closes after what was taken is written, and refuses the rest', async () => {
    const { write, settle } = recordingWrites();
    const queue = new AppendQueue({ write });
    const taken = queue.append([record('a')]);
    await new Promise((resolve) => setImmediate(resolve));
    let isClosed = false;
    const closed = queue.close().then(() => (isClosed = true));
    await expect(queue.append([record('b')])).rejects.toMatchObject({ code: 'eventlog.closed' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    await settle();
    await Promise.all([taken, closed]);
  });
});
