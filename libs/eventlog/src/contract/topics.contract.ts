import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { EventLogRig } from './event-log-rig.js';
import { record } from './numbered-records.js';

export function describeTopics(rig: EventLogRig): void {
  describe('topics', () => {
    it('may be ensured again, but not with another partition count', async () => {
      const topic = await rig.newTopic(3);
      await rig.log.ensureTopics([{ name: topic, partitions: 3, retentionDays: 1 }]);
      await expect(
        rig.log.ensureTopics([{ name: topic, partitions: 4, retentionDays: 1 }]),
      ).rejects.toMatchObject({
        code: 'eventlog.partition_count',
      });
      expect(await rig.log.positions(topic)).toHaveLength(3);
    });

    it('may be ensured by several clients at once', async () => {
      const [a, b] = await Promise.all([rig.open(), rig.open()]);
      const topics = [1, 2].map((n) => ({
        name: `contract.t${randomUUID().slice(0, 8)}.v${n}`,
        partitions: 2,
        retentionDays: 1,
      }));
      await Promise.all([
        a.log.ensureTopics(topics),
        b.log.ensureTopics(topics),
        rig.log.ensureTopics(topics),
      ]);
      expect(await rig.log.positions(topics[1]!.name)).toHaveLength(2);
    });

    it('must exist', async () => {
      const topic = `contract.missing${randomUUID().slice(0, 8)}.v1`;
      const unknown = { code: 'eventlog.unknown_topic', retriable: false };
      await expect(rig.log.append([record(topic, 'k', 1)])).rejects.toMatchObject(unknown);
      await expect(rig.log.positions(topic)).rejects.toMatchObject(unknown);
      await expect(
        rig.log.subscribe({ group: 'g', topics: [topic], from: 'end', onBatch: async () => {} }),
      ).rejects.toMatchObject(unknown);
      await expect(rig.log.tail({ topics: [topic], onBatch: async () => {} })).rejects.toMatchObject(unknown);
    });
  });
}
