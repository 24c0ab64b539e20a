import { describe, expect, it, vi } from 'vitest';
import { describeEventLogContract } from '../contract/event-log.contract.js';
import { InMemoryEventLog } from './in-memory-event-log.js';
import { InMemoryLog } from './in-memory-log.js';

const quick = { leaseMs: 300, beatMs: 20, backOff: { minMs: 5, maxMs: 50 } };

describeEventLogContract('InMemoryEventLog', async () => {
  const log = new InMemoryLog();
  return {
    open: async () => {
      const client = new InMemoryEventLog({ log, ...quick });
      return { log: client, cut: () => client.setConnected(false), mend: () => client.setConnected(true) };
    },
    stop: async () => {},
  };
});

describe('InMemoryEventLog', () => {
  it('reports a place that retention dropped and goes on with what is left', async () => {
    const shared = new InMemoryLog();
    const log = new InMemoryEventLog({ log: shared, ...quick });
    await log.ensureTopics([{ name: 't', partitions: 1, retentionDays: 1 }]);
    const append = (n: number) =>
      log.append([{ topic: 't', key: 'k', type: 'T', value: Buffer.from(String(n)) }]);
    for (let n = 0; n < 4; n += 1) await append(n);
    const group = { group: 'g', topics: ['t'], from: 'beginning' as const };
    const first = await log.subscribe({ ...group, maxBatchRecords: 1, onBatch: async () => {} });
    await vi.waitFor(async () => expect((await log.committed('g', 't')).get(0)).toBe(4n));
    await first.stop();
    for (let n = 4; n < 8; n += 1) await append(n);
    shared.truncate('t', 0, 6n);

    const errors: unknown[] = [];
    const offsets: bigint[] = [];
    await log.subscribe({
      ...group,
      onError: (error) => errors.push(error),
      onBatch: async ({ records }) => void offsets.push(...records.map((r) => r.offset)),
    });
    await vi.waitFor(() => expect(offsets).toEqual([6n, 7n]));
    expect(errors).toMatchObject([{ code: 'eventlog.offset_out_of_range' }]);
    await log.close();
  });
});
