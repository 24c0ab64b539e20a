import { randomUUID } from 'node:crypto';
import { type ClientConfig, Pool, type PoolClient } from 'pg';
import { AppendQueue } from '../append-queue.js';
import type { BackOffOptions } from '../back-off.js';
import { asEventLogError, EventLogError } from '../event-log-error.js';
import type {
  EventLog,
  LogBatch,
  LogTopic,
  NewLogRecord,
  PartitionPosition,
  RunningReader,
  Subscription,
  TailOptions,
} from '../event-log.js';
import { GroupMember } from '../group/group-member.js';
import { nextBatch } from '../next-batch.js';
import { OpenReaders } from '../open-readers.js';
import { partitionOf } from '../partition-of.js';
import { type BatchLimits, PartitionWorker } from '../partition-worker.js';
import { batchLimits, errorReporter, tailStart } from '../reader-options.js';
import { checkGroup } from '../record-limits.js';
import { AppendNotifier } from './append-notifier.js';
import { byteaArray, int4Array, textArray } from './binary-array.js';
import { HeadWatcher } from './head-watcher.js';
import { Notifications } from './notifications.js';
import { postgresGroupStore } from './postgres-group-store.js';
import { migrate } from './schema.js';

export interface PostgresEventLogOptions {
  /**
   * A direct connection or one through a session pooler: LISTEN and prepared statements need a session. The role
   * needs CREATE on the database the first time.
   */
  readonly connectionString: string;
  /** Shown in `pg_stat_activity`. */
  readonly clientId?: string;
  /** A member that is silent for this long loses its partitions. Default 5 s. */
  readonly leaseMs?: number;
  /** Default 1 s. */
  readonly beatMs?: number;
  /** How often readers look for records without being notified. Default 500 ms. */
  readonly pollMs?: number;
  /** How often segments are rolled and dropped. Default 5 minutes. */
  readonly maintenanceMs?: number;
  /** After this, a statement or a connection attempt has failed. Default 15 s. */
  readonly timeoutMs?: number;
  /** Between attempts of handlers and reads that failed. */
  readonly backOff?: BackOffOptions;
}

interface Topic {
  readonly id: number;
  readonly name: string;
  readonly partitions: number;
}

const NOTIFY_INTERVAL_MS = 10;

/**
 * The log in Postgres (docs/adr/0003-postgres-event-log.md): a row for each record in tables that retention drops
 * whole, dense offsets by a row lock for each partition, groups with leases and fences.
 *
 * Connections, opened when they are needed: one for appends, up to four for everything else, one that listens.
 */
export class PostgresEventLog implements EventLog {
  readonly #options: PostgresEventLogOptions;
  readonly #appendPool: Pool;
  readonly #pool: Pool;
  readonly #notifications: Notifications;
  readonly #notifier: AppendNotifier;
  readonly #heads: HeadWatcher;
  readonly #appends = new AppendQueue({ write: (records) => this.#write(records) });
  readonly #readers = new OpenReaders();
  readonly #topics = new Map<string, Topic>();
  #migrated: Promise<void> | undefined;
  #maintenance: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: PostgresEventLogOptions) {
    this.#options = options;
    const { connectionString, clientId = 'portcullis', timeoutMs = 15_000, pollMs = 500 } = options;
    const config: ClientConfig = {
      connectionString,
      application_name: clientId,
      keepAlive: true,
      connectionTimeoutMillis: timeoutMs,
      // Later than the server, whose answer tells that nothing was stored.
      query_timeout: timeoutMs + 1_000,
      statement_timeout: timeoutMs,
    };
    this.#appendPool = this.#openPool({ ...config, max: 1, options: '-c synchronous_commit=on' });
    // Offsets and leases may be a little old after a crash of Postgres: that repeats records and loses none.
    this.#pool = this.#openPool({ ...config, max: 4, options: '-c synchronous_commit=off' });
    this.#notifications = new Notifications(config);
    this.#notifier = new AppendNotifier(async (ids) => {
      await this.#pool.query(`SELECT pg_notify('portcullis_log', id::text) FROM unnest($1::int[]) AS id`, [
        ids,
      ]);
    }, NOTIFY_INTERVAL_MS);
    this.#heads = new HeadWatcher({
      notifications: this.#notifications,
      pollMs,
      query: async (topicIds) => {
        const { rows } = await this.#pool.query<HeadRow>({
          name: 'log_heads',
          text: `SELECT topic_id, partition, start_offset, next_offset FROM log.partitions WHERE topic_id = ANY ($1)`,
          values: [topicIds],
        });
        return rows.map((row) => ({
          topicId: row.topic_id,
          partition: row.partition,
          start: BigInt(row.start_offset),
          end: BigInt(row.next_offset),
        }));
      },
    });
  }

  async ensureTopics(topics: readonly LogTopic[]): Promise<void> {
    this.#readers.assertOpen();
    try {
      await this.#ready();
      for (const topic of topics) await this.#ensureTopic(topic);
      await this.#maintain();
    } catch (error) {
      throw asEventLogError(error, 'create its topics');
    }
    this.#maintenance ??= setInterval(() => {
      // Tried again next time; until then the log only keeps more than it must.
      void this.#maintain().catch(() => undefined);
    }, this.#options.maintenanceMs ?? 300_000).unref();
  }

  async append(records: readonly NewLogRecord[]): Promise<void> {
    this.#readers.assertOpen();
    try {
      // Before the queue, so that an unknown topic refuses this append and not those it would share a write with.
      for (const { topic } of records) if (!this.#topics.has(topic)) await this.#topic(topic);
    } catch (error) {
      throw asEventLogError(error, 'append');
    }
    await this.#appends.append(records);
  }

  async subscribe(subscription: Subscription): Promise<RunningReader> {
    this.#readers.assertOpen();
    checkGroup(subscription.group);
    const { group, from } = subscription;
    const { leaseMs = 5_000, beatMs = 1_000, backOff } = this.#options;
    const onError = errorReporter(subscription);
    const { topics, unwatch } = await this.#watch(subscription.topics, onError);
    const id = randomUUID();
    const store = postgresGroupStore({
      pool: this.#pool,
      notifications: this.#notifications,
      group,
      member: id,
      topics: new Map([...topics.values()].map((topic) => [topic.id, topic.name])),
      from,
      leaseMs,
    });
    const member = await GroupMember.join({
      id,
      store,
      subscription,
      limits: batchLimits(subscription),
      leaseMs,
      beatMs,
      next: ({ topic, partition }, position, limits, signal) =>
        this.#next({ topic: topics.get(topic)!, partition, position, limits, signal, onError }),
      onError,
      backOff,
    }).catch((error: unknown) => {
      unwatch();
      throw error;
    });
    return this.#readers.add({ stop: () => member.stop().finally(unwatch) });
  }

  async tail(options: TailOptions): Promise<RunningReader> {
    this.#readers.assertOpen();
    const onError = errorReporter(options);
    const { topics, unwatch } = await this.#watch(options.topics, onError);
    const workers = [...topics.values()].flatMap((topic) =>
      Array.from({ length: topic.partitions }, (_, partition) => {
        const offset = tailStart(options, topic.name, partition, this.#heads.head(topic.id, partition));
        return new PartitionWorker({
          assignment: { topic: topic.name, partition, offset },
          limits: batchLimits({}),
          source: {
            next: (position, limits, signal) =>
              this.#next({ topic, partition, position, limits, signal, onError }),
            commit: async () => true,
          },
          onBatch: options.onBatch,
          onError,
          backOff: this.#options.backOff,
        });
      }),
    );
    return this.#readers.add({
      stop: async () => {
        await Promise.all(workers.map((worker) => worker.stop()));
        unwatch();
      },
    });
  }

  async positions(topic: string): Promise<PartitionPosition[]> {
    this.#readers.assertOpen();
    try {
      const { id } = await this.#topic(topic);
      const { rows } = await this.#pool.query<HeadRow>(
        `SELECT topic_id, partition, start_offset, next_offset FROM log.partitions
         WHERE topic_id = $1 ORDER BY partition`,
        [id],
      );
      return rows.map((row) => ({
        topic,
        partition: row.partition,
        start: BigInt(row.start_offset),
        end: BigInt(row.next_offset),
      }));
    } catch (error) {
      throw asEventLogError(error, 'tell its positions');
    }
  }

  async committed(group: string, topic: string): Promise<Map<number, bigint>> {
    this.#readers.assertOpen();
    try {
      const { id } = await this.#topic(topic);
      const { rows } = await this.#pool.query<{ partition: number; committed: string }>(
        `SELECT partition, committed FROM log.group_partitions
         WHERE group_name = $1 AND topic_id = $2 AND committed IS NOT NULL ORDER BY partition`,
        [group, id],
      );
      return new Map(rows.map((row) => [row.partition, BigInt(row.committed)]));
    } catch (error) {
      throw asEventLogError(error, 'tell committed offsets');
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#maintenance);
    await Promise.all([this.#appends.close(), this.#readers.close()]);
    await this.#notifier.close();
    await this.#notifications.close();
    await Promise.all([this.#appendPool.end(), this.#pool.end()]);
  }

  #openPool(config: ClientConfig & { max: number }): Pool {
    const pool = new Pool({ ...config, idleTimeoutMillis: 30_000 });
    // A broken connection is replaced by the next query. It says so while idle, and also between two queries of a
    // client that is in use, where nobody but this listener hears it.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }

  /** Resolves when the schema is there; tried again by the next caller when it failed. */
  #ready(): Promise<void> {
    this.#migrated ??= this.#migrate().catch((error: unknown) => {
      this.#migrated = undefined;
      throw error;
    });
    return this.#migrated;
  }

  async #migrate(): Promise<void> {
    await this.#withClient((client) => migrate(client));
  }

  async #withClient(work: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await work(client);
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  async #ensureTopic({ name, partitions, retentionDays }: LogTopic): Promise<void> {
    await this.#withClient(async (client) => {
      await client.query('BEGIN');
      const { rows } = await client.query<{ id: number }>(
        `INSERT INTO log.topics (name, partitions, retention_days, segment) VALUES ($1, $2, $3, 0)
         ON CONFLICT (name) DO NOTHING RETURNING id`,
        [name, partitions, retentionDays],
      );
      if (rows[0]) {
        await client.query(
          `INSERT INTO log.partitions (topic_id, partition) SELECT $1, generate_series(0, $2 - 1)`,
          [rows[0].id, partitions],
        );
        await client.query(`SELECT log.open_segment($1, 1)`, [rows[0].id]);
      } else {
        await client.query(
          `UPDATE log.topics SET retention_days = $2 WHERE name = $1 AND retention_days <> $2`,
          [name, retentionDays],
        );
      }
      await client.query('COMMIT');
    });
    const existing = await this.#topic(name);
    if (existing.partitions !== partitions) {
      throw new EventLogError(
        'eventlog.partition_count',
        `Topic ${name} has ${existing.partitions} partitions, not ${partitions}.`,
      );
    }
  }

  async #topic(name: string): Promise<Topic> {
    const known = this.#topics.get(name);
    if (known) return known;
    await this.#ready();
    const { rows } = await this.#pool.query<Topic>(
      `SELECT id, name, partitions FROM log.topics WHERE name = $1`,
      [name],
    );
    if (!rows[0]) throw new EventLogError('eventlog.unknown_topic', `There is no topic ${name}.`);
    this.#topics.set(name, rows[0]);
    return rows[0];
  }

  async #maintain(): Promise<void> {
    const { rows } = await this.#pool.query<{ id: number }>('SELECT id FROM log.topics ORDER BY id');
    for (const { id } of rows) await this.#pool.query('SELECT log.maintain($1)', [id]);
  }

  async #write(records: readonly NewLogRecord[]): Promise<void> {
    const byTopic = new Map<string, NewLogRecord[]>();
    for (const record of records) {
      const same = byTopic.get(record.topic);
      if (same) same.push(record);
      else byTopic.set(record.topic, [record]);
    }
    try {
      for (const [name, own] of byTopic) {
        const topic = this.#topics.get(name)!;
        await this.#appendPool.query({ name: 'log_append', text: APPEND, values: appendValues(topic, own) });
        this.#notifier.appended(topic.id);
      }
    } catch (error) {
      throw asEventLogError(error, 'append');
    }
  }

  async #watch(
    names: readonly string[],
    onError: (error: unknown) => void,
  ): Promise<{ topics: Map<string, Topic>; unwatch: () => void }> {
    try {
      const topics = new Map<string, Topic>();
      for (const name of names) topics.set(name, await this.#topic(name));
      const unwatch = await this.#heads.watch(
        [...topics.values()].map(({ id }) => id),
        onError,
      );
      return { topics, unwatch };
    } catch (error) {
      throw asEventLogError(error, 'be read');
    }
  }

  #next(options: {
    topic: Topic;
    partition: number;
    position: bigint;
    limits: BatchLimits;
    signal: AbortSignal;
    onError: (error: unknown) => void;
  }): Promise<LogBatch | undefined> {
    const { topic, partition, position, limits, signal } = options;
    return nextBatch(
      {
        topic: topic.name,
        partition,
        head: () => this.#heads.head(topic.id, partition),
        refresh: () => this.#heads.refresh([topic.id]),
        moved: (end, stop) => this.#heads.moved(topic.id, partition, end, stop),
        read: async (from, { maxRecords, maxBytes }) => {
          const { rows } = await this.#pool.query<ReadRow>({
            name: 'log_read',
            // pg reads results as text: base64 costs both sides about half of what hex does.
            text: `SELECT "offset", appended_ms, type, key, encode(value, 'base64') FROM log.read($1, $2, $3, $4, $5)`,
            values: [topic.id, partition, from.toString(), maxRecords, maxBytes],
            rowMode: 'array',
          });
          const last = rows.at(-1);
          if (last) this.#heads.saw(topic.id, partition, BigInt(last[0]) + 1n);
          return rows.map(([offset, timestamp, type, key, value]) => ({
            topic: topic.name,
            partition,
            offset: BigInt(offset),
            key,
            type,
            value: Buffer.from(value, 'base64'),
            timestamp: Number(timestamp),
          }));
        },
        report: options.onError,
      },
      position,
      limits,
      signal,
    );
  }
}

interface HeadRow {
  topic_id: number;
  partition: number;
  start_offset: string;
  next_offset: string;
}

type ReadRow = [offset: string, appendedMs: string, type: string, key: string, value: string];

const APPEND = 'SELECT log.append($1, $2, $3, $4, $5, $6, $7, $8)';

/** The arguments of `log.append`: the records in the order of their partitions, and where each partition starts. */
function appendValues(topic: Topic, records: readonly NewLogRecord[]): unknown[] {
  const byPartition: NewLogRecord[][] = Array.from({ length: topic.partitions }, () => []);
  for (const record of records) byPartition[partitionOf(record.key, topic.partitions)]!.push(record);
  const partitions: number[] = [];
  const counts: number[] = [];
  const first: number[] = [];
  const rowPartitions: number[] = [];
  const ordered: NewLogRecord[] = [];
  byPartition.forEach((own, partition) => {
    if (own.length === 0) return;
    partitions.push(partition);
    counts.push(own.length);
    first.push(ordered.length + 1);
    for (const record of own) {
      rowPartitions.push(partition);
      ordered.push(record);
    }
  });
  return [
    topic.id,
    int4Array(partitions),
    int4Array(counts),
    int4Array(first),
    int4Array(rowPartitions),
    textArray(ordered.map((record) => record.key)),
    textArray(ordered.map((record) => record.type)),
    byteaArray(ordered.map((record) => record.value)),
  ];
}
