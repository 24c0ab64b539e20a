import { describe, expect, it, vi } from 'vitest';
import { Collector } from './collector.js';
import type { EventLogRig } from './event-log-rig.js';
import { group, keysOfPartitions, record } from './numbered-records.js';

export function describeFailingHandler(rig: EventLogRig): void {
  describe('a handler that fails', () => {
    it('gets the same records again, and then the next ones, while other partitions go on', async () => {
      const topic = await rig.newTopic(2);
      const [bad, good] = keysOfPartitions(2);
      await rig.log.append([0, 1, 2].flatMap((n) => [record(topic, bad!, n), record(topic, good!, n)]));
      const seen = new Collector();
      const firsts: bigint[] = [];
      const errors: unknown[] = [];
      let failing = true;
      await rig.subscribe(rig.log, {
        group: group(),
        topics: [topic],
        onError: (error) => errors.push(error),
        onBatch: async (batch) => {
          if (batch.partition === 0 && failing) {
            firsts.push(batch.records[0]!.offset);
            throw new Error('database is away');
          }
          await seen.onBatch(batch);
        },
      });
      await vi.waitFor(() => expect(firsts.length).toBeGreaterThanOrEqual(3), { timeout: 20_000 });
      await rig.log.append([record(topic, good!, 3)]);
      await vi.waitFor(() => expect(seen.numbers(good!)).toEqual([0, 1, 2, 3]), { timeout: 20_000 });
      expect(seen.numbers(bad!)).toEqual([]);
      expect(new Set(firsts)).toEqual(new Set([0n]));
      expect(errors).toContainEqual(new Error('database is away'));

      failing = false;
      await rig.log.append([record(topic, bad!, 3)]);
      await vi.waitFor(() => expect(seen.numbers(bad!)).toEqual([0, 1, 2, 3]), { timeout: 20_000 });
    });

    it('commits nothing, so that the next member starts with the same records', async () => {
      const topic = await rig.newTopic(1);
      const name = group();
      await rig.log.append([record(topic, 'k', 0), record(topic, 'k', 1)]);
      let attempts = 0;
      const failing = await rig.subscribe(rig.log, {
        group: name,
        topics: [topic],
        onBatch: async () => {
          attempts += 1;
          throw new Error('no');
        },
      });
      await vi.waitFor(() => expect(attempts).toBeGreaterThan(1), { timeout: 20_000 });
      await failing.stop();
      expect((await rig.log.committed(name, topic)).get(0) ?? 0n).toBe(0n);
      const seen = new Collector();
      await rig.subscribe(rig.log, { group: name, topics: [topic], onBatch: seen.onBatch });
      await seen.reaches(2);
      expect(seen.numbers('k')).toEqual([0, 1]);
    });

    it('does not end the reader by an error listener that throws', async () => {
      const topic = await rig.newTopic(1);
      await rig.log.append([record(topic, 'k', 0)]);
      const seen = new Collector();
      let failed = false;
      await rig.subscribe(rig.log, {
        group: group(),
        topics: [topic],
        onError: () => {
          throw new Error('listener');
        },
        onBatch: async (batch) => {
          if (!failed) {
            failed = true;
            throw new Error('once');
          }
          await seen.onBatch(batch);
        },
      });
      await seen.reaches(1);
    });
  });
}
