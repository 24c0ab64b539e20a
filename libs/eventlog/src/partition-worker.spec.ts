import { describe, expect, it, vi } from 'vitest';
import type { LogBatch } from './event-log.js';
import { PartitionWorker, type PartitionWorkerOptions } from './partition-worker.js';

const limits = { maxRecords: 10, maxBytes: 1_000, maxWaitMs: 0 };

function batch(offset: bigint): LogBatch {
  const record = {
    topic: 't',
    partition: 0,
    offset,
    key: 'k',
    type: 'T',
    value: new Uint8Array(),
    timestamp: 0,
  };
  return { topic: 't', partition: 0, records: [record], endOffset: offset + 1n };
}

/** A partition of `count` records; reading on waits for the signal. */
function partitionOf(count: number) {
  return async (from: bigint, _: unknown, signal: AbortSignal): Promise<LogBatch | undefined> => {
    if (from < BigInt(count)) return batch(from);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return undefined;
  };
}

function start(options: Partial<PartitionWorkerOptions> & Pick<PartitionWorkerOptions, 'source'>) {
  const errors: unknown[] = [];
  const handled: bigint[] = [];
  const worker = new PartitionWorker({
    assignment: { topic: 't', partition: 0, offset: 0n },
    limits,
    onBatch: async ({ records }) => void handled.push(records[0]!.offset),
    onError: (error) => errors.push(error),
    backOff: { minMs: 1, maxMs: 5 },
    ...options,
  });
  return { worker, errors, handled };
}

describe('PartitionWorker', () => {
  it('goes on trying to commit what is handled while the log is away, without handling it again', async () => {
    let failures = 3;
    const committed: bigint[] = [];
    const { worker, errors, handled } = start({
      source: {
        next: partitionOf(2),
        commit: async (offset) => {
          if (failures-- > 0) throw new Error('connection refused');
          committed.push(offset);
          return true;
        },
      },
    });
    await vi.waitFor(() => expect(committed).toEqual([1n, 2n]));
    expect(handled).toEqual([0n, 1n]);
    expect(errors).toHaveLength(3);
    expect(errors[0]).toMatchObject({ code: 'eventlog.unavailable', cause: new Error('connection refused') });
    await worker.stop();
  });

  it('gives a commit up after some attempts when it is stopped, so that stopping ends', async () => {
    let attempts = 0;
    const { worker } = start({
      source: {
        next: partitionOf(1),
        commit: async () => {
          attempts += 1;
          throw new Error('connection refused');
        },
      },
    });
    await vi.waitFor(() => expect(attempts).toBeGreaterThan(0));
    await worker.stop();
    const after = attempts;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(attempts).toBe(after);
  });

  it('ends when its claim was taken over, and says so', async () => {
    const { worker, errors, handled } = start({
      source: { next: partitionOf(5), commit: async () => false },
    });
    await worker.done;
    expect(handled).toEqual([0n]);
    expect(errors).toMatchObject([{ code: 'eventlog.fenced' }]);
  });

  it('commits nothing once it is abandoned, though its handler ends well', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let entered = false;
    const commit = vi.fn(async () => true);
    const { worker } = start({
      source: { next: partitionOf(1), commit },
      onBatch: async () => {
        entered = true;
        await released;
      },
    });
    await vi.waitFor(() => expect(entered).toBe(true));
    worker.abandon();
    release();
    await worker.done;
    expect(commit).not.toHaveBeenCalled();
  });

  it('starts no batch before it is ready', async () => {
    let isReady = () => {};
    const ready = new Promise<void>((resolve) => (isReady = resolve));
    const { worker, handled } = start({
      source: { next: partitionOf(1), commit: async () => true, ready: () => ready },
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(handled).toEqual([]);
    isReady();
    await vi.waitFor(() => expect(handled).toEqual([0n]));
    await worker.stop();
  });
});
