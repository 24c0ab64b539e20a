import { describe, expect, it } from 'vitest';
import type { EventLog } from '../event-log.js';
import { Collector } from './collector.js';
import type { EventLogRig } from './event-log-rig.js';
import { keysOfPartitions, number, record } from './numbered-records.js';

export function describeTails(rig: EventLogRig): void {
  describe('a tail', () => {
    async function tail(options: Parameters<EventLog['tail']>[0]) {
      const reader = await rig.log.tail(options);
      rig.stopLater(reader);
      return reader;
    }

    it('sees everything appended after it has started, and nothing before', async () => {
      const topic = await rig.newTopic(3);
      await rig.log.append(Array.from({ length: 30 }, (_, n) => record(topic, `k${n}`, n)));
      const seen = new Collector();
      await tail({ topics: [topic], onBatch: seen.onBatch });
      await rig.log.append(Array.from({ length: 30 }, (_, n) => record(topic, `k${n}`, 100 + n)));
      await seen.reaches(30);
      expect(Math.min(...seen.records.map(number))).toBe(100);
      expect(seen.records).toHaveLength(30);
    });

    it('starts after given offsets, and at the end where none is given', async () => {
      const topic = await rig.newTopic(2);
      const [first, second] = keysOfPartitions(2);
      await rig.log.append(
        [0, 1, 2, 3].flatMap((n) => [record(topic, first!, n), record(topic, second!, n)]),
      );
      const seen = new Collector();
      await tail({ topics: [topic], after: new Map([[`${topic}/0`, 1n]]), onBatch: seen.onBatch });
      await rig.log.append([record(topic, second!, 4)]);
      await seen.reaches(3);
      expect(seen.numbers(first!)).toEqual([2, 3]);
      expect(seen.numbers(second!)).toEqual([4]);
    });

    it('takes an offset of the future for the end', async () => {
      const topic = await rig.newTopic(1);
      await rig.log.append([record(topic, 'k', 0)]);
      const seen = new Collector();
      await tail({ topics: [topic], after: new Map([[`${topic}/0`, 999n]]), onBatch: seen.onBatch });
      await rig.log.append([record(topic, 'k', 1)]);
      await seen.reaches(1);
      expect(seen.numbers('k')).toEqual([1]);
    });

    it('is not shared: each sees every record, also twice in one client', async () => {
      const topic = await rig.newTopic(2);
      const seen = [new Collector(), new Collector()];
      await tail({ topics: [topic], onBatch: seen[0]!.onBatch });
      await tail({ topics: [topic], onBatch: seen[1]!.onBatch });
      await rig.log.append(Array.from({ length: 20 }, (_, n) => record(topic, `k${n}`, n)));
      await Promise.all(seen.map((each) => each.reaches(20)));
    });

    it('repeats what its handler failed on, reports it, and stops', async () => {
      const topic = await rig.newTopic(1);
      const seen = new Collector();
      const errors: unknown[] = [];
      let failures = 0;
      const reader = await tail({
        topics: [topic],
        onError: (error) => errors.push(error),
        onBatch: async (batch) => {
          if (failures++ < 2) throw new Error('client is slow');
          await seen.onBatch(batch);
        },
      });
      await rig.log.append([record(topic, 'k', 0)]);
      await seen.reaches(1);
      expect(errors).toContainEqual(new Error('client is slow'));
      await reader.stop();
      await rig.log.append([record(topic, 'k', 1)]);
      const other = new Collector();
      await tail({ topics: [topic], after: new Map([[`${topic}/0`, 0n]]), onBatch: other.onBatch });
      await other.reaches(1);
      expect(seen.numbers('k')).toEqual([0]);
    });
  });
}
