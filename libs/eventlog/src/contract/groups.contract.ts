import { describe, expect, it, vi } from 'vitest';
import { Collector } from './collector.js';
import type { EventLogRig } from './event-log-rig.js';
import { Gate } from './gate.js';
import { group, keysOfPartitions, number, record } from './numbered-records.js';
import { Writer } from './writer.js';

export function describeGroups(rig: EventLogRig): void {
  describe('a group', () => {
    it('commits only after the handler has returned', async () => {
      const topic = await rig.newTopic(1);
      const name = group();
      const gate = new Gate();
      await rig.log.append([record(topic, 'k', 0), record(topic, 'k', 1)]);
      await rig.subscribe(rig.log, { group: name, topics: [topic], onBatch: () => gate.pass() });
      await gate.entered(1);
      expect((await rig.log.committed(name, topic)).get(0) ?? 0n).toBe(0n);
      gate.open();
      await vi.waitFor(async () => expect((await rig.log.committed(name, topic)).get(0)).toBe(2n), {
        timeout: 20_000,
      });
    });

    it('starts at the beginning or at the end, and then where it was', async () => {
      const topic = await rig.newTopic(1);
      await rig.log.append([record(topic, 'k', 0)]);
      const all = new Collector();
      const late = new Collector();
      const [allGroup, lateGroup] = [group(), group()];
      const first = await rig.subscribe(rig.log, { group: allGroup, topics: [topic], onBatch: all.onBatch });
      const assigned = new Gate();
      assigned.open();
      const second = await rig.subscribe(rig.log, {
        group: lateGroup,
        topics: [topic],
        from: 'end',
        onAssigned: () => assigned.pass(),
        onBatch: late.onBatch,
      });
      await assigned.entered(1);
      await all.reaches(1);
      // The one at the end has read nothing, and still keeps its place.
      await Promise.all([first.stop(), second.stop()]);
      await rig.log.append([record(topic, 'k', 1)]);
      await rig.subscribe(rig.log, { group: allGroup, topics: [topic], from: 'end', onBatch: all.onBatch });
      await rig.subscribe(rig.log, { group: lateGroup, topics: [topic], from: 'end', onBatch: late.onBatch });
      await all.reaches(2);
      await late.reaches(1);
      expect(all.numbers('k')).toEqual([0, 1]);
      expect(late.numbers('k')).toEqual([1]);
    });

    it('reads several topics', async () => {
      const [a, b] = [await rig.newTopic(1), await rig.newTopic(2)];
      const seen = new Collector();
      await rig.subscribe(rig.log, { group: group(), topics: [a, b], onBatch: seen.onBatch });
      await rig.log.append([record(a, 'k', 0), record(b, 'k', 1), record(b, 'l', 2)]);
      await seen.reaches(3);
      expect(new Set(seen.records.map((r) => r.topic))).toEqual(new Set([a, b]));
    });

    it('shares its partitions between members, each record handled once while nothing fails', async () => {
      const topic = await rig.newTopic(4);
      const name = group();
      const clients = await Promise.all([rig.open(), rig.open()]);
      const seen = clients.map(() => new Collector());
      const share: Set<number>[] = clients.map(() => new Set());
      for (const [i, client] of clients.entries()) {
        await rig.subscribe(client.log, {
          group: name,
          topics: [topic],
          onBatch: async (batch) => {
            share[i]!.add(batch.partition);
            await seen[i]!.onBatch(batch);
          },
        });
      }
      let n = 0;
      // Until both have got something, and then a round that shows who reads what once it is settled.
      await vi.waitFor(
        async () => {
          share.forEach((partitions) => partitions.clear());
          const total = seen[0]!.records.length + seen[1]!.records.length;
          await rig.log.append(Array.from({ length: 40 }, (_, i) => record(topic, `k${i}`, n++)));
          await vi.waitFor(
            () =>
              expect(seen[0]!.records.length + seen[1]!.records.length).toBeGreaterThanOrEqual(total + 40),
            {
              timeout: 20_000,
            },
          );
          expect([share[0]!.size, share[1]!.size]).toEqual([2, 2]);
        },
        { timeout: 40_000, interval: 200 },
      );
      expect(new Set([...share[0]!, ...share[1]!]).size).toBe(4);
      const numbers = [...seen[0]!.records, ...seen[1]!.records].map(number);
      expect(new Set(numbers).size).toBe(n);
    });

    it('hands over to another member when one stops: nothing lost, nothing twice', async () => {
      const topic = await rig.newTopic(4);
      const name = group();
      const [leaving, staying] = [await rig.open(), await rig.open()];
      const seen = new Collector();
      const writing = new Writer(rig.log, topic);
      writing.start();
      const first = await rig.subscribe(leaving.log, {
        group: name,
        topics: [topic],
        maxBatchRecords: 20,
        onBatch: seen.onBatch,
      });
      await seen.reaches(200);
      await rig.subscribe(staying.log, {
        group: name,
        topics: [topic],
        maxBatchRecords: 20,
        onBatch: seen.onBatch,
      });
      await seen.reaches(seen.records.length + 400);
      await first.stop();
      await seen.reaches(seen.records.length + 400);
      const written = await writing.stop();
      await seen.reaches(written);
      expect(seen.distinct()).toBe(written);
      expect(seen.records).toHaveLength(written);
      expect(seen.offsetsRise()).toBe(true);
    });

    it('takes over from a member that is cut off, and the fence keeps that one from committing over the new owner', async () => {
      const topic = await rig.newTopic(2);
      const name = group();
      const [lost, successor] = [await rig.open(), await rig.open()];
      const gate = new Gate();
      const errors: unknown[] = [];
      await rig.log.append(keysOfPartitions(2).map((key) => record(topic, key, 0)));
      const zombie = await rig.subscribe(lost.log, {
        group: name,
        topics: [topic],
        onError: (error) => errors.push(error),
        onBatch: () => gate.pass(),
      });
      await gate.entered(2);
      lost.cut();
      const seen = new Collector();
      await rig.subscribe(successor.log, { group: name, topics: [topic], onBatch: seen.onBatch });
      await seen.reaches(2, 40_000);
      await rig.log.append(
        keysOfPartitions(2).flatMap((key) => [record(topic, key, 1), record(topic, key, 2)]),
      );
      await seen.reaches(6);
      await vi.waitFor(
        async () => expect([...(await rig.log.committed(name, topic)).values()]).toEqual([3n, 3n]),
        { timeout: 20_000 },
      );

      lost.mend();
      gate.open();
      await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), { timeout: 20_000 });
      await zombie.stop();
      expect([...(await rig.log.committed(name, topic)).values()]).toEqual([3n, 3n]);
      expect(keysOfPartitions(2).map((key) => seen.numbers(key))).toEqual([
        [0, 1, 2],
        [0, 1, 2],
      ]);
    }, 90_000);

    it('goes on after its connection was away', async () => {
      const topic = await rig.newTopic(2);
      const client = await rig.open();
      const seen = new Collector();
      await rig.log.append([record(topic, 'a', 0)]);
      await rig.subscribe(client.log, { group: group(), topics: [topic], onBatch: seen.onBatch });
      await seen.reaches(1);
      client.cut();
      await rig.log.append(Array.from({ length: 10 }, (_, n) => record(topic, `k${n}`, n)));
      await expect(client.log.positions(topic)).rejects.toMatchObject({
        code: 'eventlog.unavailable',
        retriable: true,
      });
      client.mend();
      await seen.reaches(11, 40_000);
      expect(seen.distinctRecords()).toBe(11);
    }, 90_000);

    it('awaits onAssigned before the first batch of a partition, again and again while it fails', async () => {
      const topic = await rig.newTopic(2);
      const name = group();
      await rig.log.append(keysOfPartitions(2).map((key) => record(topic, key, 0)));
      const steps: string[] = [];
      let failures = 0;
      const seen = new Collector();
      const reader = await rig.subscribe(rig.log, {
        group: name,
        topics: [topic],
        onAssigned: async ({ partition, offset }) => {
          if (partition === 1 && failures++ < 2) throw new Error('state is away');
          await new Promise((resolve) => setImmediate(resolve));
          steps.push(`assigned ${partition} at ${offset}`);
        },
        onBatch: async (batch) => {
          steps.push(`batch ${batch.partition}`);
          await seen.onBatch(batch);
        },
      });
      await seen.reaches(2);
      for (const partition of [0, 1]) {
        const own = steps.filter(
          (step) => step.startsWith(`assigned ${partition}`) || step === `batch ${partition}`,
        );
        expect(own[0]).toBe(`assigned ${partition} at 0`);
        expect(own).toContain(`batch ${partition}`);
      }
      await reader.stop();
      const offsets = new Map<number, bigint>();
      await rig.subscribe(rig.log, {
        group: name,
        topics: [topic],
        onAssigned: async ({ partition, offset }) => void offsets.set(partition, offset),
        onBatch: seen.onBatch,
      });
      await rig.log.append(keysOfPartitions(2).map((key) => record(topic, key, 1)));
      await seen.reaches(4);
      expect([...offsets].sort()).toEqual([
        [0, 1n],
        [1, 1n],
      ]);
    });

    it('has stopped when stop resolves: the handler in flight ended, its work committed, no batch after it', async () => {
      const topic = await rig.newTopic(1);
      const name = group();
      const gate = new Gate();
      await rig.log.append([record(topic, 'k', 0)]);
      const reader = await rig.subscribe(rig.log, {
        group: name,
        topics: [topic],
        onBatch: () => gate.pass(),
      });
      await gate.entered(1);
      let stopped = false;
      const stopping = reader.stop().then(() => (stopped = true));
      await rig.log.append([record(topic, 'k', 1)]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(stopped).toBe(false);
      gate.open();
      await stopping;
      expect((await rig.log.committed(name, topic)).get(0)).toBe(1n);
      expect(gate.count).toBe(1);
      await reader.stop();
    });

    it('knows its committed offsets, and none of a group that never was', async () => {
      const topic = await rig.newTopic(2);
      const name = group();
      const seen = new Collector();
      const [first] = keysOfPartitions(2);
      await rig.log.append([0, 1, 2].map((n) => record(topic, first!, n)));
      await rig.subscribe(rig.log, { group: name, topics: [topic], onBatch: seen.onBatch });
      await seen.reaches(3);
      await vi.waitFor(async () => expect((await rig.log.committed(name, topic)).get(0)).toBe(3n), {
        timeout: 20_000,
      });
      expect((await rig.log.committed(group(), topic)).size).toBe(0);
      expect(await rig.log.positions(topic)).toEqual([
        { topic, partition: 0, start: 0n, end: 3n },
        { topic, partition: 1, start: 0n, end: 0n },
      ]);
    });

    it('needs a name', async () => {
      const topic = await rig.newTopic(1);
      for (const name of ['', 'x'.repeat(201)]) {
        await expect(
          rig.log.subscribe({ group: name, topics: [topic], from: 'end', onBatch: async () => {} }),
        ).rejects.toMatchObject({ code: 'eventlog.group_invalid' });
      }
    });
  });
}
