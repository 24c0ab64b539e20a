import { describe, expect, it, vi } from 'vitest';
import type { NewLogRecord } from '../event-log.js';
import { partitionOf } from '../partition-of.js';
import { Collector } from './collector.js';
import type { EventLogRig } from './event-log-rig.js';
import { group, record } from './numbered-records.js';

export function describeAppend(rig: EventLogRig): void {
  describe('append', () => {
    it('keeps the order of each key, in the partition its hash says', async () => {
      const topic = await rig.newTopic(4);
      const keys = Array.from({ length: 10 }, (_, i) => `organization-${i}/connection`);
      for (let n = 0; n < 20; n += 1) await rig.log.append(keys.map((key) => record(topic, key, n)));
      await rig.log.append(
        Array.from({ length: 2_500 }, (_, i) => record(topic, keys[i % 10]!, 20 + Math.floor(i / 10))),
      );

      const seen = new Collector();
      await rig.subscribe(rig.log, { group: group(), topics: [topic], onBatch: seen.onBatch });
      await seen.reaches(2_700);
      for (const key of keys) {
        expect(seen.numbers(key)).toEqual(Array.from({ length: 270 }, (_, n) => n));
        expect(new Set(seen.of(key).map((r) => r.partition))).toEqual(new Set([partitionOf(key, 4)]));
      }
      expect(seen.offsetsRise()).toBe(true);
    });

    it('keeps the order of appends of one client that were not awaited, too', async () => {
      const topic = await rig.newTopic(1);
      await Promise.all(Array.from({ length: 300 }, (_, n) => rig.log.append([record(topic, 'k', n)])));
      const seen = new Collector();
      await rig.subscribe(rig.log, { group: group(), topics: [topic], onBatch: seen.onBatch });
      await seen.reaches(300);
      expect(seen.numbers('k')).toEqual(Array.from({ length: 300 }, (_, n) => n));
    });

    it('has stored the records for everybody when it resolves', async () => {
      const topic = await rig.newTopic(2);
      const writer = await rig.connect();
      await writer.log.append([record(topic, 'a', 1), record(topic, 'b', 2)]);
      await writer.log.close();
      const positions = await rig.log.positions(topic);
      expect(positions.reduce((sum, { start, end }) => sum + (end - start), 0n)).toBe(2n);
    });

    it('takes several writers at once and gives every record its own offset', async () => {
      const topic = await rig.newTopic(3);
      const writers = await Promise.all([rig.open(), rig.open(), rig.open()]);
      await Promise.all(
        writers.map(async (writer, w) => {
          for (let n = 0; n < 40; n += 1) {
            await writer.log.append(
              Array.from({ length: 25 }, (_, i) => record(topic, `writer-${w}/${i}`, n)),
            );
          }
        }),
      );
      const seen = new Collector();
      await rig.subscribe(rig.log, { group: group(), topics: [topic], onBatch: seen.onBatch });
      await seen.reaches(3_000);
      expect(new Set(seen.records.map((r) => `${r.partition}/${r.offset}`)).size).toBe(3_000);
      for (let w = 0; w < 3; w += 1) {
        expect(seen.numbers(`writer-${w}/7`)).toEqual(Array.from({ length: 40 }, (_, n) => n));
      }
    });

    it('gives back keys, types and bytes as they were', async () => {
      const topic = await rig.newTopic(2);
      const before = Date.now();
      const given: NewLogRecord[] = [
        'plain',
        'ключ/подключение',
        '鍵-🔑-👩‍👩‍👧',
        'quote\'\\"{},NULL',
        ' space\n\t',
        '',
      ].map((key, i) => ({
        topic,
        key,
        type: i % 2 ? 'CallDecided' : 'ÜmläutHappened',
        value: Buffer.from(JSON.stringify({ key, i })),
      }));
      const everyByte = {
        topic,
        key: 'bytes',
        type: 'Raw',
        value: Uint8Array.from({ length: 512 }, (_, i) => i % 256),
      };
      const empty = { topic, key: 'empty', type: 'Raw', value: new Uint8Array() };
      await rig.log.append([...given, everyByte, empty]);
      const seen = new Collector();
      await rig.subscribe(rig.log, { group: group(), topics: [topic], onBatch: seen.onBatch });
      await seen.reaches(given.length + 2);
      for (const expected of [...given, everyByte, empty]) {
        const [actual] = seen.of(expected.key);
        expect(actual).toMatchObject({ topic, key: expected.key, type: expected.type });
        expect(Buffer.from(actual!.value).equals(Buffer.from(expected.value))).toBe(true);
        expect(Math.abs(actual!.timestamp - before)).toBeLessThan(60_000);
      }
    });

    it('takes a record of 1 MiB and refuses a larger one', async () => {
      const topic = await rig.newTopic(1);
      const mebibyte = Buffer.alloc(1024 * 1024, 'ab');
      await rig.log.append(
        [1, 2, 3, 4, 5].map((n) => ({ topic, key: `k${n}`, type: 'Big', value: mebibyte })),
      );
      await expect(
        rig.log.append([{ topic, key: 'k', type: 'Big', value: Buffer.alloc(1024 * 1024 + 1) }]),
      ).rejects.toMatchObject({ code: 'eventlog.record_too_large' });
      const seen = new Collector();
      await rig.subscribe(rig.log, {
        group: group(),
        topics: [topic],
        maxBatchBytes: 2.5 * 1024 * 1024,
        onBatch: seen.onBatch,
      });
      await seen.reaches(5);
      expect(seen.records.every((r) => mebibyte.equals(r.value))).toBe(true);
      expect(Math.max(...seen.batches.map((b) => b.records.length))).toBeLessThanOrEqual(2);
    });

    it('has stored what it acknowledged, whatever breaks in between', async () => {
      const topic = await rig.newTopic(2);
      const client = await rig.open();
      let rejected = 0;
      let isBreaking = true;
      const breaking = (async () => {
        // Short ones are over before anybody notices; the long one lasts until appends are given up.
        for (const ms of [5, 20, 5, 'until rejected', 5, 20] as const) {
          await new Promise((resolve) => setTimeout(resolve, 150));
          client.cut();
          const before = rejected;
          const isRejected = () => expect(rejected).toBeGreaterThan(before);
          if (ms === 'until rejected') await vi.waitFor(isRejected, { timeout: 40_000 });
          else await new Promise((resolve) => setTimeout(resolve, ms));
          client.mend();
        }
      })().finally(() => (isBreaking = false));
      const acknowledged: number[] = [];
      for (let n = 0; isBreaking; n += 1) {
        // Every record is another one, also after a rejection: what was rejected must not shadow what comes next.
        await client.log.append([record(topic, 'k', n)]).then(
          () => acknowledged.push(n),
          () => (rejected += 1),
        );
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await breaking;
      const seen = new Collector();
      await rig.subscribe(rig.log, { group: group(), topics: [topic], onBatch: seen.onBatch });
      const missing = () => {
        const stored = new Set(seen.numbers('k'));
        return acknowledged.filter((n) => !stored.has(n));
      };
      await vi.waitFor(() => expect(missing()).toEqual([]), { timeout: 20_000 });
      const kept = new Set(acknowledged);
      expect([...new Set(seen.numbers('k'))].filter((n) => kept.has(n))).toEqual(acknowledged);
    }, 90_000);

    it('does nothing for no records', async () => {
      await expect(rig.log.append([])).resolves.toBeUndefined();
    });

    it('carries 100,000 records through', async () => {
      const topic = await rig.newTopic(4);
      for (let n = 0; n < 100_000; n += 2_000) {
        await rig.log.append(
          Array.from({ length: 2_000 }, (_, i) => record(topic, `key-${i % 50}`, (n + i - (i % 50)) / 50)),
        );
      }
      const seen = new Collector();
      await rig.subscribe(rig.log, {
        group: group(),
        topics: [topic],
        maxBatchRecords: 1_000,
        onBatch: seen.onBatch,
      });
      await seen.reaches(100_000, 60_000);
      expect(seen.numbers('key-49')).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
      expect(seen.records).toHaveLength(100_000);
    }, 120_000);
  });
}
