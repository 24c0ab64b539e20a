import { randomUUID } from 'node:crypto';
import { AppendQueue } from '../append-queue.js';
import type { BackOffOptions } from '../back-off.js';
import { EventLogError } from '../event-log-error.js';
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
import { type BatchLimits, PartitionWorker } from '../partition-worker.js';
import { batchLimits, errorReporter, tailStart } from '../reader-options.js';
import { checkGroup } from '../record-limits.js';
import { InMemoryLog } from './in-memory-log.js';

export interface InMemoryEventLogOptions {
  /** Clients given the same log share its records and groups. */
  readonly log?: InMemoryLog;
  readonly leaseMs?: number;
  readonly beatMs?: number;
  readonly backOff?: BackOffOptions;
}

/** The log for unit tests: offsets, groups, leases and redelivery as the real ones have them, in one process. */
export class InMemoryEventLog implements EventLog {
  readonly #log: InMemoryLog;
  readonly #options: InMemoryEventLogOptions;
  readonly #readers = new OpenReaders();
  readonly #appends = new AppendQueue({ write: async (records) => this.#online().append(records) });
  #connected = true;

  constructor(options: InMemoryEventLogOptions = {}) {
    this.#options = options;
    this.#log = options.log ?? new InMemoryLog();
  }

  /** Cuts this client off from the log, or connects it again, as a broken network would. */
  setConnected(connected: boolean): void {
    this.#connected = connected;
  }

  async ensureTopics(topics: readonly LogTopic[]): Promise<void> {
    const log = this.#online();
    topics.forEach((topic) => log.ensureTopic(topic));
  }

  async append(records: readonly NewLogRecord[]): Promise<void> {
    for (const { topic } of records) this.#online().partitions(topic);
    await this.#appends.append(records);
  }

  async subscribe(subscription: Subscription): Promise<RunningReader> {
    this.#readers.assertOpen();
    checkGroup(subscription.group);
    const { topics, group, from } = subscription;
    const { leaseMs = 1_000, beatMs = 50, backOff } = this.#options;
    const log = this.#online();
    topics.forEach((topic) => log.partitions(topic));
    const id = randomUUID();
    const onError = errorReporter(subscription);
    const member = await GroupMember.join({
      id,
      store: log.groupStore({ group, member: id, topics, from, leaseMs, online: () => this.#online() }),
      subscription,
      limits: batchLimits(subscription),
      leaseMs,
      beatMs,
      next: ({ topic, partition }, position, limits, signal) =>
        this.#next({ topic, partition, position, limits, signal, onError }),
      onError,
      backOff,
    });
    return this.#readers.add(member);
  }

  async tail(options: TailOptions): Promise<RunningReader> {
    this.#readers.assertOpen();
    const log = this.#online();
    const onError = errorReporter(options);
    const heads = options.topics.flatMap((topic) =>
      log.partitions(topic).map(({ start, records }, partition) => ({
        topic,
        partition,
        head: { start, end: start + BigInt(records.length) },
      })),
    );
    const workers = heads.map(({ topic, partition, head }) => {
      const offset = tailStart(options, topic, partition, head);
      return new PartitionWorker({
        assignment: { topic, partition, offset },
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
    });
    return this.#readers.add({
      stop: async () => {
        await Promise.all(workers.map((worker) => worker.stop()));
      },
    });
  }

  async positions(topic: string): Promise<PartitionPosition[]> {
    return this.#online()
      .partitions(topic)
      .map(({ start, records }, partition) => ({
        topic,
        partition,
        start,
        end: start + BigInt(records.length),
      }));
  }

  async committed(group: string, topic: string): Promise<Map<number, bigint>> {
    const log = this.#online();
    log.partitions(topic);
    return log.committed(group, topic);
  }

  async close(): Promise<void> {
    await this.#appends.close();
    await this.#readers.close();
  }

  #online(): InMemoryLog {
    if (!this.#connected) throw new EventLogError('eventlog.unavailable', 'The event log is not reachable.');
    return this.#log;
  }

  async #next(options: {
    topic: string;
    partition: number;
    position: bigint;
    limits: BatchLimits;
    signal: AbortSignal;
    onError: (error: unknown) => void;
  }): Promise<LogBatch | undefined> {
    const { topic, partition, position, limits, signal } = options;
    const held = this.#online().partitions(topic)[partition]!;
    const head = () => ({ start: held.start, end: held.start + BigInt(held.records.length) });
    return nextBatch(
      {
        topic,
        partition,
        head,
        refresh: async () => undefined,
        moved: (end, stop) => this.#moved(() => head().end !== end, stop),
        read: async (from, { maxRecords, maxBytes }) => {
          this.#online();
          const first = Number(from - held.start);
          const records = held.records.slice(first, first + maxRecords);
          let bytes = 0;
          const fits = records.findIndex(
            (record, i) => (bytes += record.value.byteLength) > maxBytes && i > 0,
          );
          return fits === -1 ? records : records.slice(0, fits);
        },
        report: options.onError,
      },
      position,
      limits,
      signal,
    );
  }

  async #moved(hasMoved: () => boolean, signal: AbortSignal): Promise<void> {
    if (hasMoved() || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        unlisten();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const unlisten = this.#log.onAppend(() => hasMoved() && done());
      signal.addEventListener('abort', done);
    });
  }
}
