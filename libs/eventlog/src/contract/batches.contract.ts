import { describe, expect, it } from 'vitest';
import { Collector } from './collector.js';
import type { EventLogRig } from './event-log-rig.js';
import { group, record } from './numbered-records.js';

export function describeBatches(rig: EventLogRig): void {
  describe('batches', () => {
    it('stay within the record limit and never mix partitions', async () => {
      const topic = await rig.newTopic(3);
      await rig.log.append(Array.from({ length: 100 }, (_, n) => record(topic, `k${n}`, n)));
      const seen = new Collector();
      await rig.subscribe(rig.log, {
        group: group(),
        topics: [topic],
        maxBatchRecords: 7,
        onBatch: seen.onBatch,
      });
      await seen.reaches(100);
      for (const batch of seen.batches) {
        expect(batch.records.length).toBeGreaterThan(0);
        expect(batch.records.length).toBeLessThanOrEqual(7);
        expect(batch.records.every((r) => r.partition === batch.partition && r.topic === batch.topic)).toBe(
          true,
        );
        expect(batch.endOffset).toBeGreaterThan(batch.records.at(-1)!.offset);
      }
    });

    it('stay within the byte limit, save for a single larger record', async () => {
      const topic = await rig.newTopic(1);
      const sizes = [400, 400, 400, 5_000, 100, 100, 100];
      await rig.log.append(
        sizes.map((size, n) => ({ topic, key: `k${n}`, type: 'T', value: Buffer.alloc(size, n) })),
      );
      const seen = new Collector();
      await rig.subscribe(rig.log, {
        group: group(),
        topics: [topic],
        maxBatchBytes: 1_000,
        onBatch: seen.onBatch,
      });
      await seen.reaches(sizes.length);
      expect(seen.records.map((r) => r.value.byteLength)).toEqual(sizes);
      for (const { records } of seen.batches) {
        const bytes = records.reduce((sum, r) => sum + r.value.byteLength, 0);
        expect(bytes <= 1_000 || records.length === 1).toBe(true);
      }
    });

    it('come unfilled when the wait is over', async () => {
      const topic = await rig.newTopic(1);
      const seen = new Collector();
      await rig.subscribe(rig.log, {
        group: group(),
        topics: [topic],
        maxBatchRecords: 50,
        maxWaitMs: 200,
        onBatch: seen.onBatch,
      });
      await rig.log.append([record(topic, 'k', 0)]);
      await seen.reaches(1);
    });
  });
}
