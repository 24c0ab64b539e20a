import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  EventLog,
  LogBatch,
  LogRecord,
  NewLogRecord,
  RunningReader,
  Subscription,
} from './event-log.js';
import { partitionOf } from './partition-of.js';

/** A client of the log under test, on a connection of its own. */
export interface EventLogClient {
  readonly log: EventLog;
  /** Breaks this client's connections and lets it open no new ones, as a dead network or a dead machine would. */
  cut(): void;
  mend(): void;
}

export interface EventLogHarness {
  /** Another client of the same log. */
  open(): Promise<EventLogClient>;
  stop(): Promise<void>;
}

/** What every adapter of the port keeps. `start` is called once. */
export function describeEventLogContract(adapter: string, start: () => Promise<EventLogHarness>): void {
  describe(`${adapter} keeps the event log contract`, () => {
    let harness: EventLogHarness;
    let log: EventLog;
    const clients: EventLogClient[] = [];
    const readers: RunningReader[] = [];

    beforeAll(async () => {
      harness = await start();
      log = (await harness.open()).log;
    }, 120_000);

    afterEach(async () => {
      await Promise.all(readers.splice(0).map((reader) => reader.stop()));
      await Promise.all(clients.splice(0).map((client) => client.log.close()));
    });

    afterAll(async () => {
      await log?.close();
      await harness?.stop();
    });

    async function open(): Promise<EventLogClient> {
      const client = await harness.open();
      clients.push(client);
      return client;
    }

    async function newTopic(partitions: number): Promise<string> {
      const name = `contract.t${randomUUID().slice(0, 8)}.v1`;
      await log.ensureTopics([{ name, partitions, retentionDays: 1 }]);
      return name;
    }

    async function subscribe(
      on: EventLog,
      subscription: Partial<Subscription> & Pick<Subscription, 'group' | 'topics' | 'onBatch'>,
    ) {
      const reader = await on.subscribe({ from: 'beginning', ...subscription });
      readers.push(reader);
      return reader;
    }

    describe('topics', () => {
      it('may be ensured again, but not with another partition count', async () => {
        const topic = await newTopic(3);
        await log.ensureTopics([{ name: topic, partitions: 3, retentionDays: 1 }]);
        await expect(
          log.ensureTopics([{ name: topic, partitions: 4, retentionDays: 1 }]),
        ).rejects.toMatchObject({
          code: 'eventlog.partition_count',
        });
        expect(await log.positions(topic)).toHaveLength(3);
      });

      it('may be ensured by several clients at once', async () => {
        const [a, b] = await Promise.all([open(), open()]);
        const topics = [1, 2].map((n) => ({
          name: `contract.t${randomUUID().slice(0, 8)}.v${n}`,
          partitions: 2,
          retentionDays: 1,
        }));
        await Promise.all([a.log.ensureTopics(topics), b.log.ensureTopics(topics), log.ensureTopics(topics)]);
        expect(await log.positions(topics[1]!.name)).toHaveLength(2);
      });

      it('must exist', async () => {
        const topic = `contract.missing${randomUUID().slice(0, 8)}.v1`;
        const unknown = { code: 'eventlog.unknown_topic', retriable: false };
        await expect(log.append([record(topic, 'k', 1)])).rejects.toMatchObject(unknown);
        await expect(log.positions(topic)).rejects.toMatchObject(unknown);
        await expect(
          log.subscribe({ group: 'g', topics: [topic], from: 'end', onBatch: async () => {} }),
        ).rejects.toMatchObject(unknown);
        await expect(log.tail({ topics: [topic], onBatch: async () => {} })).rejects.toMatchObject(unknown);
      });
    });

    describe('append', () => {
      it('keeps the order of each key, in the partition its hash says', async () => {
        const topic = await newTopic(4);
        const keys = Array.from({ length: 10 }, (_, i) => `organization-${i}/connection`);
        for (let n = 0; n < 20; n += 1) await log.append(keys.map((key) => record(topic, key, n)));
        await log.append(
          Array.from({ length: 2_500 }, (_, i) => record(topic, keys[i % 10]!, 20 + Math.floor(i / 10))),
        );

        const seen = new Collector();
        await subscribe(log, { group: group(), topics: [topic], onBatch: seen.onBatch });
        await seen.reaches(2_700);
        for (const key of keys) {
          expect(seen.numbers(key)).toEqual(Array.from({ length: 270 }, (_, n) => n));
          expect(new Set(seen.of(key).map((r) => r.partition))).toEqual(new Set([partitionOf(key, 4)]));
        }
        expect(seen.offsetsRise()).toBe(true);
      });

      it('keeps the order of appends of one client that were not awaited, too', async () => {
        const topic = await newTopic(1);
        await Promise.all(Array.from({ length: 300 }, (_, n) => log.append([record(topic, 'k', n)])));
        const seen = new Collector();
        await subscribe(log, { group: group(), topics: [topic], onBatch: seen.onBatch });
        await seen.reaches(300);
        expect(seen.numbers('k')).toEqual(Array.from({ length: 300 }, (_, n) => n));
      });

      it('has stored the records for everybody when it resolves', async () => {
        const topic = await newTopic(2);
        const writer = await harness.open();
        await writer.log.append([record(topic, 'a', 1), record(topic, 'b', 2)]);
        await writer.log.close();
        const positions = await log.positions(topic);
        expect(positions.reduce((sum, { start, end }) => sum + (end - start), 0n)).toBe(2n);
      });

      it('takes several writers at once and gives every record its own offset', async () => {
        const topic = await newTopic(3);
        const writers = await Promise.all([open(), open(), open()]);
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
        await subscribe(log, { group: group(), topics: [topic], onBatch: seen.onBatch });
        await seen.reaches(3_000);
        expect(new Set(seen.records.map((r) => `${r.partition}/${r.offset}`)).size).toBe(3_000);
        for (let w = 0; w < 3; w += 1) {
          expect(seen.numbers(`writer-${w}/7`)).toEqual(Array.from({ length: 40 }, (_, n) => n));
        }
      });

      it('gives back keys, types and bytes as they were', async () => {
        const topic = await newTopic(2);
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
        await log.append([...given, everyByte, empty]);
        const seen = new Collector();
        await subscribe(log, { group: group(), topics: [topic], onBatch: seen.onBatch });
        await seen.reaches(given.length + 2);
        for (const expected of [...given, everyByte, empty]) {
          const [actual] = seen.of(expected.key);
          expect(actual).toMatchObject({ topic, key: expected.key, type: expected.type });
          expect(Buffer.from(actual!.value).equals(Buffer.from(expected.value))).toBe(true);
          expect(Math.abs(actual!.timestamp - before)).toBeLessThan(60_000);
        }
      });

      it('takes a record of 1 MiB and refuses a larger one', async () => {
        const topic = await newTopic(1);
        const mebibyte = Buffer.alloc(1024 * 1024, 'ab');
        await log.append([1, 2, 3, 4, 5].map((n) => ({ topic, key: `k${n}`, type: 'Big', value: mebibyte })));
        await expect(
          log.append([{ topic, key: 'k', type: 'Big', value: Buffer.alloc(1024 * 1024 + 1) }]),
        ).rejects.toMatchObject({ code: 'eventlog.record_too_large' });
        const seen = new Collector();
        await subscribe(log, {
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
        const topic = await newTopic(2);
        const client = await open();
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
        await subscribe(log, { group: group(), topics: [topic], onBatch: seen.onBatch });
        const missing = () => {
          const stored = new Set(seen.numbers('k'));
          return acknowledged.filter((n) => !stored.has(n));
        };
        await vi.waitFor(() => expect(missing()).toEqual([]), { timeout: 20_000 });
        const kept = new Set(acknowledged);
        expect([...new Set(seen.numbers('k'))].filter((n) => kept.has(n))).toEqual(acknowledged);
      }, 90_000);

      it('does nothing for no records', async () => {
        await expect(log.append([])).resolves.toBeUndefined();
      });

      it('carries 100,000 records through', async () => {
        const topic = await newTopic(4);
        for (let n = 0; n < 100_000; n += 2_000) {
          await log.append(
            Array.from({ length: 2_000 }, (_, i) => record(topic, `key-${i % 50}`, (n + i - (i % 50)) / 50)),
          );
        }
        const seen = new Collector();
        await subscribe(log, {
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

    describe('batches', () => {
      it('stay within the record limit and never mix partitions', async () => {
        const topic = await newTopic(3);
        await log.append(Array.from({ length: 100 }, (_, n) => record(topic, `k${n}`, n)));
        const seen = new Collector();
        await subscribe(log, { group: group(), topics: [topic], maxBatchRecords: 7, onBatch: seen.onBatch });
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
        const topic = await newTopic(1);
        const sizes = [400, 400, 400, 5_000, 100, 100, 100];
        await log.append(
          sizes.map((size, n) => ({ topic, key: `k${n}`, type: 'T', value: Buffer.alloc(size, n) })),
        );
        const seen = new Collector();
        await subscribe(log, {
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
        const topic = await newTopic(1);
        const seen = new Collector();
        await subscribe(log, {
          group: group(),
          topics: [topic],
          maxBatchRecords: 50,
          maxWaitMs: 200,
          onBatch: seen.onBatch,
        });
        await log.append([record(topic, 'k', 0)]);
        await seen.reaches(1);
      });
    });

    describe('a handler that fails', () => {
      it('gets the same records again, and then the next ones, while other partitions go on', async () => {
        const topic = await newTopic(2);
        const [bad, good] = keysOfPartitions(2);
        await log.append([0, 1, 2].flatMap((n) => [record(topic, bad!, n), record(topic, good!, n)]));
        const seen = new Collector();
        const firsts: bigint[] = [];
        const errors: unknown[] = [];
        let failing = true;
        await subscribe(log, {
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
        await log.append([record(topic, good!, 3)]);
        await vi.waitFor(() => expect(seen.numbers(good!)).toEqual([0, 1, 2, 3]), { timeout: 20_000 });
        expect(seen.numbers(bad!)).toEqual([]);
        expect(new Set(firsts)).toEqual(new Set([0n]));
        expect(errors).toContainEqual(new Error('database is away'));

        failing = false;
        await log.append([record(topic, bad!, 3)]);
        await vi.waitFor(() => expect(seen.numbers(bad!)).toEqual([0, 1, 2, 3]), { timeout: 20_000 });
      });

      it('commits nothing, so that the next member starts with the same records', async () => {
        const topic = await newTopic(1);
        const name = group();
        await log.append([record(topic, 'k', 0), record(topic, 'k', 1)]);
        let attempts = 0;
        const failing = await subscribe(log, {
          group: name,
          topics: [topic],
          onBatch: async () => {
            attempts += 1;
            throw new Error('no');
          },
        });
        await vi.waitFor(() => expect(attempts).toBeGreaterThan(1), { timeout: 20_000 });
        await failing.stop();
        expect((await log.committed(name, topic)).get(0) ?? 0n).toBe(0n);
        const seen = new Collector();
        await subscribe(log, { group: name, topics: [topic], onBatch: seen.onBatch });
        await seen.reaches(2);
        expect(seen.numbers('k')).toEqual([0, 1]);
      });

      it('does not end the reader by an error listener that throws', async () => {
        const topic = await newTopic(1);
        await log.append([record(topic, 'k', 0)]);
        const seen = new Collector();
        let failed = false;
        await subscribe(log, {
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

    describe('a group', () => {
      it('commits only after the handler has returned', async () => {
        const topic = await newTopic(1);
        const name = group();
        const gate = new Gate();
        await log.append([record(topic, 'k', 0), record(topic, 'k', 1)]);
        await subscribe(log, { group: name, topics: [topic], onBatch: () => gate.pass() });
        await gate.entered(1);
        expect((await log.committed(name, topic)).get(0) ?? 0n).toBe(0n);
        gate.open();
        await vi.waitFor(async () => expect((await log.committed(name, topic)).get(0)).toBe(2n), {
          timeout: 20_000,
        });
      });

      it('starts at the beginning or at the end, and then where it was', async () => {
        const topic = await newTopic(1);
        await log.append([record(topic, 'k', 0)]);
        const all = new Collector();
        const late = new Collector();
        const [allGroup, lateGroup] = [group(), group()];
        const first = await subscribe(log, { group: allGroup, topics: [topic], onBatch: all.onBatch });
        const assigned = new Gate();
        assigned.open();
        const second = await subscribe(log, {
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
        await log.append([record(topic, 'k', 1)]);
        await subscribe(log, { group: allGroup, topics: [topic], from: 'end', onBatch: all.onBatch });
        await subscribe(log, { group: lateGroup, topics: [topic], from: 'end', onBatch: late.onBatch });
        await all.reaches(2);
        await late.reaches(1);
        expect(all.numbers('k')).toEqual([0, 1]);
        expect(late.numbers('k')).toEqual([1]);
      });

      it('reads several topics', async () => {
        const [a, b] = [await newTopic(1), await newTopic(2)];
        const seen = new Collector();
        await subscribe(log, { group: group(), topics: [a, b], onBatch: seen.onBatch });
        await log.append([record(a, 'k', 0), record(b, 'k', 1), record(b, 'l', 2)]);
        await seen.reaches(3);
        expect(new Set(seen.records.map((r) => r.topic))).toEqual(new Set([a, b]));
      });

      it('shares its partitions between members, each record handled once while nothing fails', async () => {
        const topic = await newTopic(4);
        const name = group();
        const clients = await Promise.all([open(), open()]);
        const seen = clients.map(() => new Collector());
        const share: Set<number>[] = clients.map(() => new Set());
        for (const [i, client] of clients.entries()) {
          await subscribe(client.log, {
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
            await log.append(Array.from({ length: 40 }, (_, i) => record(topic, `k${i}`, n++)));
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
        const topic = await newTopic(4);
        const name = group();
        const [leaving, staying] = [await open(), await open()];
        const seen = new Collector();
        const writing = new Writer(log, topic);
        writing.start();
        const first = await subscribe(leaving.log, {
          group: name,
          topics: [topic],
          maxBatchRecords: 20,
          onBatch: seen.onBatch,
        });
        await seen.reaches(200);
        await subscribe(staying.log, {
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
        const topic = await newTopic(2);
        const name = group();
        const [lost, successor] = [await open(), await open()];
        const gate = new Gate();
        const errors: unknown[] = [];
        await log.append(keysOfPartitions(2).map((key) => record(topic, key, 0)));
        const zombie = await subscribe(lost.log, {
          group: name,
          topics: [topic],
          onError: (error) => errors.push(error),
          onBatch: () => gate.pass(),
        });
        await gate.entered(2);
        lost.cut();
        const seen = new Collector();
        await subscribe(successor.log, { group: name, topics: [topic], onBatch: seen.onBatch });
        await seen.reaches(2, 40_000);
        await log.append(
          keysOfPartitions(2).flatMap((key) => [record(topic, key, 1), record(topic, key, 2)]),
        );
        await seen.reaches(6);
        await vi.waitFor(
          async () => expect([...(await log.committed(name, topic)).values()]).toEqual([3n, 3n]),
          { timeout: 20_000 },
        );

        lost.mend();
        gate.open();
        await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), { timeout: 20_000 });
        await zombie.stop();
        expect([...(await log.committed(name, topic)).values()]).toEqual([3n, 3n]);
        expect(keysOfPartitions(2).map((key) => seen.numbers(key))).toEqual([
          [0, 1, 2],
          [0, 1, 2],
        ]);
      }, 90_000);

      it('goes on after its connection was away', async () => {
        const topic = await newTopic(2);
        const client = await open();
        const seen = new Collector();
        await log.append([record(topic, 'a', 0)]);
        await subscribe(client.log, { group: group(), topics: [topic], onBatch: seen.onBatch });
        await seen.reaches(1);
        client.cut();
        await log.append(Array.from({ length: 10 }, (_, n) => record(topic, `k${n}`, n)));
        await expect(client.log.positions(topic)).rejects.toMatchObject({
          code: 'eventlog.unavailable',
          retriable: true,
        });
        client.mend();
        await seen.reaches(11, 40_000);
        expect(seen.distinctRecords()).toBe(11);
      }, 90_000);

      it('awaits onAssigned before the first batch of a partition, again and again while it fails', async () => {
        const topic = await newTopic(2);
        const name = group();
        await log.append(keysOfPartitions(2).map((key) => record(topic, key, 0)));
        const steps: string[] = [];
        let failures = 0;
        const seen = new Collector();
        const reader = await subscribe(log, {
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
        await subscribe(log, {
          group: name,
          topics: [topic],
          onAssigned: async ({ partition, offset }) => void offsets.set(partition, offset),
          onBatch: seen.onBatch,
        });
        await log.append(keysOfPartitions(2).map((key) => record(topic, key, 1)));
        await seen.reaches(4);
        expect([...offsets].sort()).toEqual([
          [0, 1n],
          [1, 1n],
        ]);
      });

      it('has stopped when stop resolves: the handler in flight ended, its work committed, no batch after it', async () => {
        const topic = await newTopic(1);
        const name = group();
        const gate = new Gate();
        await log.append([record(topic, 'k', 0)]);
        const reader = await subscribe(log, { group: name, topics: [topic], onBatch: () => gate.pass() });
        await gate.entered(1);
        let stopped = false;
        const stopping = reader.stop().then(() => (stopped = true));
        await log.append([record(topic, 'k', 1)]);
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(stopped).toBe(false);
        gate.open();
        await stopping;
        expect((await log.committed(name, topic)).get(0)).toBe(1n);
        expect(gate.count).toBe(1);
        await reader.stop();
      });

      it('knows its committed offsets, and none of a group that never was', async () => {
        const topic = await newTopic(2);
        const name = group();
        const seen = new Collector();
        const [first] = keysOfPartitions(2);
        await log.append([0, 1, 2].map((n) => record(topic, first!, n)));
        await subscribe(log, { group: name, topics: [topic], onBatch: seen.onBatch });
        await seen.reaches(3);
        await vi.waitFor(async () => expect((await log.committed(name, topic)).get(0)).toBe(3n), {
          timeout: 20_000,
        });
        expect((await log.committed(group(), topic)).size).toBe(0);
        expect(await log.positions(topic)).toEqual([
          { topic, partition: 0, start: 0n, end: 3n },
          { topic, partition: 1, start: 0n, end: 0n },
        ]);
      });

      it('needs a name', async () => {
        const topic = await newTopic(1);
        for (const name of ['', 'x'.repeat(201)]) {
          await expect(
            log.subscribe({ group: name, topics: [topic], from: 'end', onBatch: async () => {} }),
          ).rejects.toMatchObject({ code: 'eventlog.group_invalid' });
        }
      });
    });

    describe('a tail', () => {
      async function tail(options: Parameters<EventLog['tail']>[0]) {
        const reader = await log.tail(options);
        readers.push(reader);
        return reader;
      }

      it('sees everything appended after it has started, and nothing before', async () => {
        const topic = await newTopic(3);
        await log.append(Array.from({ length: 30 }, (_, n) => record(topic, `k${n}`, n)));
        const seen = new Collector();
        await tail({ topics: [topic], onBatch: seen.onBatch });
        await log.append(Array.from({ length: 30 }, (_, n) => record(topic, `k${n}`, 100 + n)));
        await seen.reaches(30);
        expect(Math.min(...seen.records.map(number))).toBe(100);
        expect(seen.records).toHaveLength(30);
      });

      it('starts after given offsets, and at the end where none is given', async () => {
        const topic = await newTopic(2);
        const [first, second] = keysOfPartitions(2);
        await log.append([0, 1, 2, 3].flatMap((n) => [record(topic, first!, n), record(topic, second!, n)]));
        const seen = new Collector();
        await tail({ topics: [topic], after: new Map([[`${topic}/0`, 1n]]), onBatch: seen.onBatch });
        await log.append([record(topic, second!, 4)]);
        await seen.reaches(3);
        expect(seen.numbers(first!)).toEqual([2, 3]);
        expect(seen.numbers(second!)).toEqual([4]);
      });

      it('takes an offset of the future for the end', async () => {
        const topic = await newTopic(1);
        await log.append([record(topic, 'k', 0)]);
        const seen = new Collector();
        await tail({ topics: [topic], after: new Map([[`${topic}/0`, 999n]]), onBatch: seen.onBatch });
        await log.append([record(topic, 'k', 1)]);
        await seen.reaches(1);
        expect(seen.numbers('k')).toEqual([1]);
      });

      it('is not shared: each sees every record, also twice in one client', async () => {
        const topic = await newTopic(2);
        const seen = [new Collector(), new Collector()];
        await tail({ topics: [topic], onBatch: seen[0]!.onBatch });
        await tail({ topics: [topic], onBatch: seen[1]!.onBatch });
        await log.append(Array.from({ length: 20 }, (_, n) => record(topic, `k${n}`, n)));
        await Promise.all(seen.map((each) => each.reaches(20)));
      });

      it('repeats what its handler failed on, reports it, and stops', async () => {
        const topic = await newTopic(1);
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
        await log.append([record(topic, 'k', 0)]);
        await seen.reaches(1);
        expect(errors).toContainEqual(new Error('client is slow'));
        await reader.stop();
        await log.append([record(topic, 'k', 1)]);
        const other = new Collector();
        await tail({ topics: [topic], after: new Map([[`${topic}/0`, 0n]]), onBatch: other.onBatch });
        await other.reaches(1);
        expect(seen.numbers('k')).toEqual([0]);
      });
    });

    describe('close', () => {
      it('stops readers, lets appends finish, and refuses what comes later', async () => {
        const topic = await newTopic(1);
        const { log: closing } = await harness.open();
        const gate = new Gate();
        await closing.subscribe({
          group: group(),
          topics: [topic],
          from: 'beginning',
          onBatch: () => gate.pass(),
        });
        const append = closing.append([record(topic, 'k', 0)]);
        await gate.entered(1);
        gate.open();
        await closing.close();
        await append;
        await expect(closing.append([record(topic, 'k', 1)])).rejects.toMatchObject({
          code: 'eventlog.closed',
        });
        await expect(closing.tail({ topics: [topic], onBatch: async () => {} })).rejects.toMatchObject({
          code: 'eventlog.closed',
        });
        await expect(
          closing.subscribe({ group: group(), topics: [topic], from: 'end', onBatch: async () => {} }),
        ).rejects.toMatchObject({ code: 'eventlog.closed' });
        await closing.close();
        await log.append([record(topic, 'k', 1)]);
        expect(gate.count).toBe(1);
      });
    });
  });
}

function group(): string {
  return `contract.${randomUUID().slice(0, 8)}`;
}

function record(topic: string, key: string, n: number): NewLogRecord {
  return { topic, key, type: 'Counted', value: Buffer.from(JSON.stringify({ n })) };
}

function number(given: LogRecord): number {
  return (JSON.parse(Buffer.from(given.value).toString('utf8')) as { n: number }).n;
}

/** One key for each of the partitions, in their order. */
function keysOfPartitions(partitions: number): string[] {
  const keys = new Map<number, string>();
  for (let i = 0; keys.size < partitions; i += 1) {
    const key = `key-${i}`;
    const partition = partitionOf(key, partitions);
    if (!keys.has(partition)) keys.set(partition, key);
  }
  return Array.from({ length: partitions }, (_, partition) => keys.get(partition)!);
}

/** A handler that keeps what it was given. */
class Collector {
  readonly records: LogRecord[] = [];
  readonly batches: LogBatch[] = [];

  readonly onBatch = async (batch: LogBatch): Promise<void> => {
    this.batches.push(batch);
    for (const each of batch.records) this.records.push(each);
  };

  async reaches(count: number, timeout = 20_000): Promise<void> {
    await vi.waitFor(() => expect(this.records.length).toBeGreaterThanOrEqual(count), {
      timeout,
      interval: 10,
    });
  }

  of(key: string): LogRecord[] {
    return this.records.filter((r) => r.key === key);
  }

  numbers(key: string): number[] {
    return this.of(key).map(number);
  }

  distinct(): number {
    return new Set(this.records.map(number)).size;
  }

  distinctRecords(): number {
    return new Set(this.records.map((r) => `${r.topic}/${r.partition}/${r.offset}`)).size;
  }

  offsetsRise(): boolean {
    const last = new Map<number, bigint>();
    return this.records.every(({ partition, offset }) => {
      const rises = offset > (last.get(partition) ?? -1n);
      last.set(partition, offset);
      return rises;
    });
  }
}

/** A handler that waits until it is let through. */
class Gate {
  count = 0;
  #open!: () => void;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));

  async pass(): Promise<void> {
    this.count += 1;
    await this.#opened;
  }

  open(): void {
    this.#open();
  }

  async entered(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.count).toBeGreaterThanOrEqual(count), {
      timeout: 20_000,
      interval: 10,
    });
  }
}

/** Appends numbered records until it is stopped. */
class Writer {
  #stopping = false;
  #written = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    private readonly topic: string,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<number> {
    this.#stopping = true;
    await this.#running;
    return this.#written;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      await this.log.append(
        Array.from({ length: 10 }, (_, i) => record(this.topic, `k${i}`, this.#written + i)),
      );
      this.#written += 10;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
