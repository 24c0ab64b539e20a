import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOPICS } from '@portcullis/contracts';
import {
  EventLogError,
  InMemoryEventLog,
  InMemoryLog,
  type EventLog,
  type LogRecord,
  type NewLogRecord,
} from '@portcullis/eventlog';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { aCall, aCompletion } from '../../test/call-fixture.js';
import { appendNumber, openSpool, range, RecordingLog, temporaryFolder } from '../../test/spool-fixture.js';
import { SpoolCallRecorder } from '../recording/spool-call-recorder.js';
import { RefusalCounter } from '../refusals/refusal-counter.js';
import type { Spool, SpoolOptions } from '../spool/spool.js';
import { Sender } from './sender.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Started {
  readonly spool: Spool;
  readonly sender: Sender;
  readonly log: RecordingLog;
}
function start(
  eventLog: EventLog,
  directory = temporaryFolder(),
  options: Partial<SpoolOptions> = {},
): Started {
  const { spool, log } = openSpool(directory, options);
  const sender = new Sender({ directory, state: spool.state, eventLog, log });
  cleanups.push(async () => {
    await sender.stop(0);
    await spool.close();
  });
  sender.start();
  return { spool, sender, log };
}

async function recordsOf(shared: InMemoryLog, topic: string): Promise<LogRecord[]> {
  const log = new InMemoryEventLog({ log: shared });
  const records: LogRecord[] = [];
  const total = (await log.positions(topic)).reduce(
    (sum, { start: from, end }) => sum + Number(end - from),
    0,
  );
  if (total > 0) {
    const reader = await log.subscribe({
      group: `test-${Math.random()}`,
      topics: [topic],
      from: 'beginning',
      onBatch: async (batch) => void records.push(...batch.records),
    });
    await vi.waitFor(() => expect(records.length).toBeGreaterThanOrEqual(total), { timeout: 10_000 });
    await reader.stop();
  }
  await log.close();
  return records;
}
function numbers(records: readonly LogRecord[]): number[] {
  return records.map(({ value }) => (JSON.parse(Buffer.from(value).toString()) as { n: number }).n);
}
async function sent(spool: Spool): Promise<void> {
  await vi.waitFor(() => expect(spool.state.acknowledged).toEqual(spool.state.head), { timeout: 20_000 });
}

/** A log that does with each append what the test says, before it hands it on. */
function intercepted(
  log: EventLog,
  before: (records: readonly NewLogRecord[]) => void | Promise<void>,
): EventLog {
  return Object.assign(Object.create(log) as EventLog, {
    append: async (records: readonly NewLogRecord[]) => {
      await before(records);
      await log.append(records);
    },
    ensureTopics: log.ensureTopics.bind(log),
  });
}

describe('the sender', () => {
  it('brings every record to the calls topic, under its key and in the order of the key', async () => {
    const shared = new InMemoryLog();
    const { spool } = start(new InMemoryEventLog({ log: shared }));
    for (const n of range(0, 2_000)) appendNumber(spool, n, n % 500);
    await sent(spool);
    const records = await recordsOf(shared, TOPICS.calls.name);
    expect(numbers(records).sort((a, b) => a - b)).toEqual(range(0, 2_000));
    for (const key of ['org:0', 'org:1', 'org:2']) {
      const ofKey = numbers(records.filter((record) => record.key === key));
      expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
    }
    expect(records[0]?.type).toBe('CallDecided');
    expect(spool.state.counter('sent')).toBe(2_000);
    expect(spool.state.counter('batches')).toBeLessThan(100);
  });

  it('keeps batches within 512 records and 1 MiB', async () => {
    const sizes: { records: number; bytes: number }[] = [];
    const log = intercepted(new InMemoryEventLog(), (records) => {
      sizes.push({
        records: records.length,
        bytes: records.reduce((sum, { value }) => sum + value.byteLength, 0),
      });
    });
    const { spool } = start(log);
    for (const n of range(0, 1_600)) appendNumber(spool, n);
    for (const n of range(0, 100)) appendNumber(spool, n, 100_000);
    await sent(spool);
    expect(Math.max(...sizes.map(({ records }) => records))).toBe(512);
    expect(Math.max(...sizes.map(({ bytes }) => bytes))).toBeLessThanOrEqual(1024 * 1024);
  });

  it('tries until the log is there, sends what has gathered, and says when it began and ended', async () => {
    const shared = new InMemoryLog();
    const eventLog = new InMemoryEventLog({ log: shared });
    eventLog.setConnected(false);
    const { spool, log } = start(eventLog);
    for (const n of range(0, 100)) appendNumber(spool, n);
    await vi.waitFor(() => expect(spool.state.counter('retries')).toBeGreaterThan(2), { timeout: 10_000 });
    expect(spool.state.counter('failing')).toBe(1);
    for (const n of range(100, 200)) appendNumber(spool, n);
    eventLog.setConnected(true);
    await sent(spool);
    expect(numbers(await recordsOf(shared, TOPICS.calls.name)).sort((a, b) => a - b)).toEqual(range(0, 200));
    expect(spool.state.counter('failing')).toBe(0);
    expect(log.errors()).toHaveLength(1);
  });

  it('sends again what failed half-way: nothing is missing, and what is there twice is the same event', async () => {
    const shared = new InMemoryLog();
    const inner = new InMemoryEventLog({ log: shared });
    let failures = 0;
    const { spool } = start(
      intercepted(inner, async (records) => {
        if (failures >= 3) return;
        failures += 1;
        await inner.append(records.slice(0, records.length >> 1));
        throw new EventLogError('eventlog.unavailable', 'the connection broke');
      }),
    );
    for (const n of range(0, 50)) appendNumber(spool, n);
    await sent(spool);
    expect([...new Set(numbers(await recordsOf(shared, TOPICS.calls.name)))].sort((a, b) => a - b)).toEqual(
      range(0, 50),
    );
  });

  it('acknowledges nothing the log has not taken', async () => {
    let release: () => void = () => undefined;
    const { spool } = start(
      intercepted(new InMemoryEventLog(), () => new Promise((resolve) => (release = resolve))),
    );
    const before = spool.state.acknowledged;
    appendNumber(spool, 1);
    await vi.waitFor(() => expect(release).not.toBe(undefined));
    await new Promise((resolve) => setImmediate(resolve));
    expect(spool.state.acknowledged).toEqual(before);
    await vi.waitFor(() => {
      release();
      expect(spool.state.acknowledged).toEqual(spool.state.head);
    });
  });

  it('sends what an earlier process left, first', async () => {
    const directory = temporaryFolder();
    const shared = new InMemoryLog();
    const dead = new InMemoryEventLog({ log: shared });
    dead.setConnected(false);
    const first = start(dead, directory);
    for (const n of range(0, 20)) appendNumber(first.spool, n * 3);
    for (const cleanup of cleanups.splice(0)) await cleanup();

    const { spool } = start(new InMemoryEventLog({ log: shared }), directory);
    for (const n of range(20, 40)) appendNumber(spool, n * 3);
    await sent(spool);
    expect(numbers(await recordsOf(shared, TOPICS.calls.name))).toEqual(range(0, 40).map((n) => n * 3));
  });

  it('sends what is there before it stops, but waits for no log that is away', async () => {
    const shared = new InMemoryLog();
    const eventLog = new InMemoryEventLog({ log: shared });
    const { spool, sender } = start(eventLog);
    for (const n of range(0, 1_500)) appendNumber(spool, n);
    await sender.stop(10_000);
    expect(await recordsOf(shared, TOPICS.calls.name)).toHaveLength(1_500);

    const away = new InMemoryEventLog({ log: new InMemoryLog() });
    away.setConnected(false);
    const other = start(away);
    appendNumber(other.spool, 1);
    await other.sender.stop(50);
    expect(other.spool.state.counter('sent')).toBe(0);
  });

  it('holds a bounded batch in memory while it is far behind', async () => {
    const eventLog = new InMemoryEventLog();
    eventLog.setConnected(false);
    let largest = 0;
    const measured = intercepted(eventLog, () => {
      largest = Math.max(largest, process.memoryUsage().arrayBuffers);
    });
    const before = process.memoryUsage().arrayBuffers;
    const { spool } = start(measured, temporaryFolder(), { maxBytes: 512 * 1024 * 1024 });
    for (const n of range(0, 2_000)) appendNumber(spool, n, 30_000);
    eventLog.setConnected(true);
    await sent(spool);
    // The log keeps what it is given, 60 MB; the sender adds the batch in hand and what is not collected yet.
    expect(largest - before).toBeLessThan(160 * 1024 * 1024);
  });
});

describe('a record the log refuses for good', () => {
  /** A log with a smaller limit than the spool's, as a Kafka topic may have. */
  function withLimit(shared: InMemoryLog, limit: number): EventLog {
    return intercepted(new InMemoryEventLog({ log: shared }), (records) => {
      if (records.some(({ topic, value }) => topic === TOPICS.calls.name && value.byteLength > limit)) {
        throw new EventLogError('eventlog.record_too_large', 'too large for this topic');
      }
    });
  }

  it('is shortened and sent; those around it are sent as they are, in order', async () => {
    const shared = new InMemoryLog();
    const { spool } = start(withLimit(shared, 40_000));
    const recorder = new SpoolCallRecorder(spool, new RefusalCounter(spool, () => true, new RecordingLog()));
    const names = ['a', 'b', 'large', 'c', 'd'];
    for (const name of names) {
      await recorder.refused(
        aCall({ name, ...(name === 'large' ? { arguments: 'x'.repeat(60_000) } : {}) }),
        1,
      );
    }
    await sent(spool);
    const data = (await recordsOf(shared, TOPICS.calls.name)).map(
      ({ value }) =>
        (JSON.parse(Buffer.from(value).toString()) as { data: { name: string; arguments: string } }).data,
    );
    expect(data.map(({ name }) => name)).toEqual(names);
    expect(data[2]?.arguments).toHaveLength(16 * 1024);
    expect(data[1]?.arguments).toBe(aCall().facts.arguments);
    expect(spool.state.counter('deadLettered')).toBe(0);
  });

  it('is kept as a file, with a dead letter that tells of it, when it cannot be shortened; the rest goes on', async () => {
    const shared = new InMemoryLog();
    const { spool, log } = start(withLimit(shared, 10_000));
    for (const n of range(0, 10)) appendNumber(spool, n, n === 6 ? 50_000 : 0);
    await sent(spool);
    expect(numbers(await recordsOf(shared, TOPICS.calls.name)).sort((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 7, 8, 9,
    ]);
    expect(spool.state.counter('deadLettered')).toBe(1);
    expect(log.errors()).toHaveLength(1);

    const [kept] = readdirSync(join(spool.directory, 'quarantine'));
    const whole = readFileSync(join(spool.directory, 'quarantine', kept ?? ''), 'utf8');
    expect(JSON.parse(whole)).toMatchObject({ n: 6 });
    const [letter] = await recordsOf(shared, `${TOPICS.calls.name}.dlq`);
    const content = JSON.parse(Buffer.from(letter?.value ?? []).toString()) as {
      reason: { code: string; message: string };
      value: string;
    };
    expect(content.reason.code).toBe('eventlog.record_too_large');
    expect(content.reason.message).toContain(kept);
    expect(whole.startsWith(Buffer.from(content.value, 'base64').toString())).toBe(true);
  });

  it('with a completion is still a completion', async () => {
    const shared = new InMemoryLog();
    const { spool } = start(withLimit(shared, 5_000));
    const recorder = new SpoolCallRecorder(spool, new RefusalCounter(spool, () => true, new RecordingLog()));
    await recorder.completed(
      aCall({ arguments: 'y'.repeat(30_000) }),
      aCompletion({ result: 'x'.repeat(10_000) }),
    );
    await sent(spool);
    const [record] = await recordsOf(shared, TOPICS.calls.name);
    expect(JSON.parse(Buffer.from(record?.value ?? []).toString())).toMatchObject({
      type: 'CallCompleted',
      data: {
        outcome: 'ok',
        requestId: aCall().facts.requestId,
        arguments: 'y'.repeat(1024),
        result: 'x'.repeat(1024),
      },
    });
  });
});
