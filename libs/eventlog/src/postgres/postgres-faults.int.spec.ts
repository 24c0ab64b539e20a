import { startPostgres, until, type TestPostgres } from '@portcullis/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LogRecord, NewLogRecord } from '../event-log.js';
import { PostgresEventLog, type PostgresEventLogOptions } from './postgres-event-log.js';

const DAY = 86_400_000;
const quick = { leaseMs: 1_500, beatMs: 200, backOff: { minMs: 20, maxMs: 500 } };
const numbered = (topic: string, key: string, n: number): NewLogRecord => ({
  topic,
  key,
  type: 'T',
  value: Buffer.from(String(n)),
});
const number = (record: LogRecord) => Number(Buffer.from(record.value).toString());

describe('PostgresEventLog', () => {
  let postgres: TestPostgres;
  let url: string;
  let sql: pg.Pool;
  const logs: PostgresEventLog[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    url = await postgres.createDatabase();
    sql = new pg.Pool({ connectionString: url, max: 2 });
  });

  afterEach(async () => {
    await Promise.all(logs.splice(0).map((log) => log.close()));
  });

  afterAll(async () => {
    await sql.end();
    await postgres.stop();
  });

  function open(options: Partial<PostgresEventLogOptions> = {}): PostgresEventLog {
    const log = new PostgresEventLog({ connectionString: url, ...quick, ...options });
    logs.push(log);
    return log;
  }

  async function segments(topic: string): Promise<string[]> {
    const { rows } = await sql.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables t JOIN log.topics o ON o.name = $1
       WHERE table_schema = 'log' AND table_name LIKE 'records\\_' || o.id || '\\_%' ORDER BY 1`,
      [topic],
    );
    return rows.map(({ name }) => name.replace(/^records_\d+_/, ''));
  }

  /** Makes everything the log knows about a topic's segments this much older. */
  async function age(topic: string, ms: number): Promise<void> {
    await sql.query(
      `UPDATE log.segments SET opened_at = opened_at - make_interval(secs => $2)
       WHERE topic_id = (SELECT id FROM log.topics WHERE name = $1)`,
      [topic, ms / 1000],
    );
  }

  it('creates its schema once, however many start at the same time', async () => {
    const fresh = await postgres.createDatabase();
    const many = Array.from({ length: 6 }, () => open({ connectionString: fresh }));
    await Promise.all(many.map((log) => log.ensureTopics([{ name: 't', partitions: 3, retentionDays: 1 }])));
    expect(await many[5]!.positions('t')).toHaveLength(3);
  });

  it('rolls segments, reads across them, and drops those past retention', async () => {
    const topic = 'retention.v1';
    const week = [{ name: topic, partitions: 2, retentionDays: 7 }];
    const log = open();
    await log.ensureTopics(week);
    const write = async (from: number) => {
      for (let n = from; n < from + 10; n += 1)
        await log.append([numbered(topic, 'a', n), numbered(topic, 'b', n)]);
    };
    await write(0);
    // Nothing is old yet.
    await log.ensureTopics(week);
    expect(await segments(topic)).toEqual(['1']);
    await age(topic, 2 * DAY);
    await log.ensureTopics(week);
    expect(await segments(topic)).toEqual(['1', '2']);
    // An empty segment is not followed by another empty one.
    await age(topic, 2 * DAY);
    await log.ensureTopics(week);
    expect(await segments(topic)).toEqual(['1', '2']);
    await write(10);
    await age(topic, 2 * DAY);
    await log.ensureTopics(week);
    expect(await segments(topic)).toEqual(['1', '2', '3']);
    await write(20);

    const seen: LogRecord[] = [];
    const errors: unknown[] = [];
    const group = { group: 'retention', topics: [topic], from: 'beginning' as const };
    const reader = await log.subscribe({
      ...group,
      maxBatchRecords: 7,
      onBatch: async ({ records }) => void seen.push(...records),
    });
    await until(() => seen.length === 60, { describe: 'records of three segments' });
    await reader.stop();
    expect(seen.filter((r) => r.key === 'a').map(number)).toEqual(Array.from({ length: 30 }, (_, n) => n));

    // The first segment was closed 4 days ago, the second just now.
    await age(topic, 4 * DAY);
    await log.ensureTopics(week);
    expect(await segments(topic)).toEqual(['2', '3', '4']);
    const positions = await log.positions(topic);
    expect(positions.reduce((sum, { start }) => sum + start, 0n)).toBe(20n);
    expect(positions.reduce((sum, { end }) => sum + end, 0n)).toBe(60n);

    // A group that was away for too long is told so and goes on with what is left.
    await sql.query(`UPDATE log.group_partitions SET committed = 0 WHERE group_name = 'retention'`);
    const late: LogRecord[] = [];
    await log.subscribe({
      ...group,
      onError: (error) => errors.push(error),
      onBatch: async ({ records }) => void late.push(...records),
    });
    await until(() => late.length === 40, { describe: 'what is left' });
    expect(Math.min(...late.map(number))).toBe(10);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors).toMatchObject(errors.map(() => ({ code: 'eventlog.offset_out_of_range' })));
  });

  it('keeps dense offsets while segments roll under concurrent writers', async () => {
    const topic = 'rolling.v1';
    const writers = [open(), open(), open()];
    await writers[0]!.ensureTopics([{ name: topic, partitions: 3, retentionDays: 7 }]);
    let isRolling = true;
    const rolling = (async () => {
      while (isRolling) {
        await age(topic, 2 * DAY);
        await sql.query(`SELECT log.maintain(id) FROM log.topics WHERE name = $1`, [topic]);
      }
    })();
    await Promise.all(
      writers.map(async (log, w) => {
        for (let n = 0; n < 60; n += 1) {
          await log.append(Array.from({ length: 6 }, (_, i) => numbered(topic, `${w}/${i}`, n)));
        }
      }),
    );
    isRolling = false;
    await rolling;
    const dropped = (await writers[0]!.positions(topic)).reduce((sum, { start }) => sum + start, 0n);
    const total = (await writers[0]!.positions(topic)).reduce((sum, { end }) => sum + end, 0n);
    expect(total).toBe(3n * 60n * 6n);
    const { rows } = await sql.query<{ partition: number; number: number; first_offset: string }>(
      `SELECT s.* FROM log.segments s JOIN log.topics t ON t.id = s.topic_id WHERE t.name = $1`,
      [topic],
    );
    expect(rows.length).toBeGreaterThan(3);
    const seen: LogRecord[] = [];
    await writers[0]!.subscribe({
      group: 'rolling',
      topics: [topic],
      from: 'beginning',
      maxBatchRecords: 50,
      onBatch: async ({ records }) => void seen.push(...records),
    });
    await until(() => BigInt(seen.length) === total - dropped, { describe: 'every record still held' });
    for (const partition of [0, 1, 2]) {
      const offsets = seen.filter((r) => r.partition === partition).map((r) => r.offset);
      expect(offsets.every((offset, i) => i === 0 || offset === offsets[i - 1]! + 1n)).toBe(true);
    }
  });

  it('is not waited for: readers see appends by poll when no notification comes through', async () => {
    const topic = 'silent.v1';
    const [writer, reader] = [open(), open({ pollMs: 50 })];
    await writer.ensureTopics([{ name: topic, partitions: 1, retentionDays: 1 }]);
    const seen: number[] = [];
    await reader.tail({
      topics: [topic],
      onBatch: async ({ records }) => void seen.push(...records.map(number)),
    });
    // As another client of the same tables that never notifies.
    await sql.query(
      `SELECT log.append(id, '{0}', '{1}', '{1}', '{0}', '{k}', '{T}', ARRAY['7'::bytea]) FROM log.topics WHERE name = $1`,
      [topic],
    );
    await until(() => seen.length === 1, { describe: 'the record' });
    expect(seen).toEqual([7]);
  });

  it('gets through when its connections are terminated again and again', async () => {
    const topic = 'terminated.v1';
    const log = open({ clientId: 'terminated' });
    await log.ensureTopics([{ name: topic, partitions: 2, retentionDays: 1 }]);
    const seen = new Map<string, number[]>();
    await log.subscribe({
      group: 'terminated',
      topics: [topic],
      from: 'beginning',
      onBatch: async ({ records }) => {
        for (const r of records) seen.set(r.key, [...(seen.get(r.key) ?? []), number(r)]);
      },
    });
    let rejected = 0;
    for (let n = 0; n < 200; n += 1) {
      if (n % 20 === 10) {
        await sql.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'terminated'`,
        );
      }
      while (
        !(await log.append([numbered(topic, 'a', n), numbered(topic, 'b', n)]).then(
          () => true,
          () => false,
        ))
      ) {
        rejected += 1;
      }
    }
    await until(() => ['a', 'b'].every((key) => new Set(seen.get(key)).size === 200), {
      describe: 'every record',
      timeoutMs: 30_000,
    });
    expect(rejected).toBeGreaterThan(0);
    for (const key of ['a', 'b']) {
      expect([...new Set(seen.get(key))]).toEqual(Array.from({ length: 200 }, (_, n) => n));
    }
  });

  it('only ever rejects, whenever its connections are terminated while it starts', async () => {
    let isTerminating = true;
    const terminating = (async () => {
      while (isTerminating) {
        await sql.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'starting'`,
        );
      }
    })();
    for (let n = 0; n < 20; n += 1) {
      const log = new PostgresEventLog({ connectionString: url, clientId: 'starting', ...quick });
      const started = log
        .ensureTopics([{ name: 'starting.v1', partitions: 2, retentionDays: 1 }])
        .then(() => log.tail({ topics: ['starting.v1'], onBatch: async () => undefined }));
      await started.catch((error: unknown) => expect(error).toMatchObject({ code: 'eventlog.unavailable' }));
      await log.close();
    }
    isTerminating = false;
    await terminating;
    await open().ensureTopics([{ name: 'starting.v1', partitions: 2, retentionDays: 1 }]);
  });

  it('rejects an append after a bounded time when a partition is locked, and takes the next one', async () => {
    const topic = 'locked.v1';
    const log = open({ timeoutMs: 400 });
    await log.ensureTopics([{ name: topic, partitions: 1, retentionDays: 1 }]);
    const blocker = await sql.connect();
    await blocker.query('BEGIN');
    await blocker.query(
      `SELECT FROM log.partitions WHERE topic_id = (SELECT id FROM log.topics WHERE name = $1) FOR UPDATE`,
      [topic],
    );
    await expect(log.append([numbered(topic, 'k', 1)])).rejects.toMatchObject({
      code: 'eventlog.unavailable',
    });
    await blocker.query('COMMIT');
    blocker.release();
    await log.append([numbered(topic, 'k', 2)]);
    expect(await log.positions(topic)).toMatchObject([{ end: 1n }]);
  });

  it('takes the new retention of a topic that exists', async () => {
    const log = open();
    await log.ensureTopics([{ name: 'kept.v1', partitions: 1, retentionDays: 1 }]);
    await log.ensureTopics([{ name: 'kept.v1', partitions: 1, retentionDays: 30 }]);
    const { rows } = await sql.query(`SELECT retention_days FROM log.topics WHERE name = 'kept.v1'`);
    expect(rows).toEqual([{ retention_days: 30 }]);
  });

  it('survives Postgres being killed and started again while it is written and read', async () => {
    const own = await startPostgres({ own: true });
    const log = new PostgresEventLog({ connectionString: own.url, ...quick });
    try {
      const topic = 'killed.v1';
      await log.ensureTopics([{ name: topic, partitions: 2, retentionDays: 1 }]);
      const seen: number[] = [];
      const tailed = new Set<number>();
      await log.subscribe({
        group: 'killed',
        topics: [topic],
        from: 'beginning',
        onBatch: async ({ records }) => void seen.push(...records.map(number)),
      });
      await log.tail({
        topics: [topic],
        onBatch: async ({ records }) => records.forEach((r) => tailed.add(number(r))),
      });
      let written = 0;
      let rejected = 0;
      let isStopping = false;
      const writing = (async () => {
        while (!isStopping) {
          try {
            await log.append([numbered(topic, 'k', written)]);
            written += 1;
          } catch {
            rejected += 1;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      })();
      const reached = (n: number) =>
        until(() => (seen.at(-1) ?? 0) >= n, { timeoutMs: 30_000, describe: `record ${n}` });
      await reached(50);
      for (let round = 0; round < 2; round += 1) {
        const before = rejected;
        await own.kill();
        await until(() => rejected > before, { describe: 'a rejected append' });
        await own.restart();
        await reached(written + 50);
      }
      isStopping = true;
      await writing;
      await reached(written - 1);
      expect([...new Set(seen)]).toEqual(Array.from({ length: written }, (_, n) => n));
      await until(() => tailed.size === written, { describe: 'the tail' });
    } finally {
      await log.close();
      await own.stop();
    }
  }, 120_000);
});
