import type { Assignment, BatchHandler, LogBatch, LogRecord, RunningReader } from '@portcullis/eventlog';
import {
  asEventLogError,
  BackOff,
  type BackOffOptions,
  type BatchLimits,
  EventLogError,
  pause,
} from '@portcullis/eventlog/adapter';
import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { type KafkaConnection, RETRY } from './kafka-connection.js';

export interface KafkaReaderOptions {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly limits: BatchLimits;
  readonly sessionTimeoutMs: number;
  /** Where to read on, by `topic/partition`; what is `isNew` is committed before reading starts. */
  readonly startOffsets: (partitions: readonly TopicPartition[]) => Promise<Map<string, StartOffset>>;
  /** Whether handled batches are committed to the group. */
  readonly commits: boolean;
  readonly onAssigned?: ((assignment: Assignment) => Promise<void>) | undefined;
  readonly onBatch: BatchHandler;
  /** Must not throw. */
  readonly onError: (error: unknown) => void;
  readonly onHandled?: (batch: LogBatch) => void;
  readonly backOff?: BackOffOptions | undefined;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface StartOffset {
  readonly offset: bigint;
  readonly isNew: boolean;
}

/** One assignment of a partition: from one rebalance to the next. */
interface Assigned extends TopicPartition {
  readonly name: string;
  readonly revoked: AbortController;
  readonly backOff: BackOff;
  /** Next offset to handle; known once `isReady`. */
  position: bigint;
  isReady: boolean;
  isOffTrack: boolean;
}

const IDLE_FETCH_WAIT_MS = 250;
const FILLED_BATCH_BYTES = 256 * 1024;
const STOP_LIMIT_MS = 5_000;
const SILENCE_LIMIT_MS = 120_000;
const COMMIT_ATTEMPTS_WHEN_STOPPING = 3;
/** The group has moved on without this member, or asks it to join again. */
const REJOIN = [
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
  'NOT_COORDINATOR_FOR_GROUP',
];

/**
 * A consumer that commits only what its handler has finished, and is replaced whenever kafkajs gives up.
 *
 * kafkajs lets go of a partition only after `eachBatch` has returned, so a handler in flight holds a rebalance up (for
 * as long as the rebalance time-out of 60 s) and its commit still counts. What it does not do by itself is kept here:
 * heartbeats while a handler runs; no commit for a partition that was reassigned meanwhile (kafkajs would send it
 * under the new generation); no batch of an earlier assignment or from another place than the one to read on at.
 */
export class KafkaReader implements RunningReader {
  readonly #options: KafkaReaderOptions;
  readonly #stopping = new AbortController();
  #assigned = new Map<string, Assigned>();
  #inFlight = 0;
  #idle: (() => void) | undefined;
  #lastSign = performance.now();
  #disconnect: () => Promise<void> = async () => undefined;
  #supervised: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  private constructor(options: KafkaReaderOptions) {
    this.#options = options;
  }

  /** Rejects when no broker can be reached; joining the group goes on in the background. */
  static async start(options: KafkaReaderOptions): Promise<KafkaReader> {
    const reader = new KafkaReader(options);
    const consumer = await reader.#connect();
    reader.#supervised = reader.#supervise(consumer);
    return reader;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    const disconnected = this.#disconnect();
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    // Without brokers kafkajs may take long to notice that it should stop: the session runs out by itself.
    await Promise.race([Promise.all([disconnected, this.#supervised]), pause(STOP_LIMIT_MS)]);
  }

  async #connect(): Promise<Consumer> {
    const { connection, groupId, topics, limits, sessionTimeoutMs } = this.#options;
    const kafka = await connection.kafka();
    const fills = limits.maxWaitMs > 0;
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / 4),
      maxWaitTimeInMs: fills ? limits.maxWaitMs : IDLE_FETCH_WAIT_MS,
      minBytes: fills ? Math.min(limits.maxBytes, FILLED_BATCH_BYTES) : 1,
      allowAutoTopicCreation: false,
      // Replaced by the supervisor instead, which also knows how to stop in the middle of it.
      retry: { ...RETRY, restartOnFailure: async () => false },
    });
    try {
      await consumer.connect();
      // Decides only what happens when the place to read on at is gone: the oldest record that is left.
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    } catch (error) {
      await consumer.disconnect().catch(() => undefined);
      throw error;
    }
    return consumer;
  }

  async #supervise(first: Consumer): Promise<void> {
    const backOff = new BackOff(this.#options.backOff);
    let next: Consumer | undefined = first;
    while (!this.#stopping.signal.aborted) {
      try {
        const consumer: Consumer = next ?? (await this.#connect());
        next = undefined;
        if (this.#stopping.signal.aborted) {
          await consumer.disconnect();
          return;
        }
        const error = await this.#consume(consumer, () => backOff.reset());
        if (error !== undefined) this.#options.onError(asEventLogError(error, 'be read'));
      } catch (error) {
        this.#options.onError(asEventLogError(error, 'be read'));
      }
      await backOff.wait(this.#stopping.signal);
    }
  }

  /** Resolves with what ended it, or `undefined` when it was stopped. */
  async #consume(consumer: Consumer, onJoined: () => void): Promise<unknown> {
    const { GROUP_JOIN, CRASH, HEARTBEAT, FETCH_START, FETCH } = consumer.events;
    let ended!: (error: unknown) => void;
    const end = new Promise<unknown>((resolve) => (ended = resolve));
    let started!: () => void;
    const running = new Promise<void>((resolve) => (started = resolve));
    consumer.on(CRASH, ({ payload }) => ended(payload.error));
    for (const event of [HEARTBEAT, FETCH_START, FETCH])
      consumer.on(event, () => (this.#lastSign = performance.now()));
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#lastSign = performance.now();
      onJoined();
      this.#onJoined(consumer, payload.memberAssignment, running);
    });
    this.#lastSign = performance.now();
    const watchdog = setInterval(() => {
      // kafkajs has been seen to fall silent without a crash (its issue 659).
      if (this.#inFlight > 0 || performance.now() - this.#lastSign < SILENCE_LIMIT_MS) return;
      ended(new EventLogError('eventlog.unavailable', 'The Kafka consumer has fallen silent.'));
    }, 5_000).unref();
    // Disconnecting before `run` has resolved leaves a consumer that goes on consuming (kafkajs issue 1639).
    const disconnect = async () => {
      await running;
      await consumer.disconnect().catch(() => undefined);
      ended(undefined);
    };
    this.#disconnect = disconnect;
    try {
      const run = consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 64,
        eachBatch: (payload) => this.#onBatch(consumer, payload),
      });
      void run.then(started, started);
      await run;
      return await end;
    } finally {
      clearInterval(watchdog);
      this.#revokeAll();
      await Promise.race([disconnect(), pause(STOP_LIMIT_MS)]);
    }
  }

  #revokeAll(): void {
    for (const assigned of this.#assigned.values()) assigned.revoked.abort();
    this.#assigned = new Map();
  }

  /** Runs to its end before kafkajs fetches: nothing is read until it is prepared. */
  #onJoined(consumer: Consumer, assignment: Record<string, number[]>, running: Promise<void>): void {
    this.#revokeAll();
    const topics = Object.entries(assignment);
    for (const [topic, partitions] of topics) {
      for (const partition of partitions) {
        const name = `${topic}/${partition}`;
        this.#assigned.set(name, {
          topic,
          partition,
          name,
          revoked: new AbortController(),
          backOff: new BackOff(this.#options.backOff),
          position: 0n,
          isReady: false,
          isOffTrack: false,
        });
      }
    }
    consumer.pause(topics.map(([topic, partitions]) => ({ topic, partitions })));
    const assigned = [...this.#assigned.values()];
    void running.then(() => this.#prepare(consumer, assigned));
  }

  async #prepare(consumer: Consumer, assigned: readonly Assigned[]): Promise<void> {
    const { startOffsets, onError } = this.#options;
    const backOff = new BackOff(this.#options.backOff);
    const isCurrent = () =>
      !this.#stopping.signal.aborted && assigned.some(({ revoked }) => !revoked.signal.aborted);
    while (isCurrent()) {
      try {
        const starts = await startOffsets(assigned);
        const isNew = assigned.filter(({ name }) => starts.get(name)!.isNew);
        if (!isCurrent()) return;
        if (isNew.length > 0) {
          await consumer.commitOffsets(
            isNew.map(({ topic, partition, name }) => ({
              topic,
              partition,
              offset: String(starts.get(name)!.offset),
            })),
          );
        }
        await Promise.all(
          assigned.map((each) => {
            each.position = starts.get(each.name)!.offset;
            return this.#begin(consumer, each);
          }),
        );
        return;
      } catch (error) {
        onError(asEventLogError(error, 'tell where to read on'));
        await backOff.wait(this.#stopping.signal);
      }
    }
  }

  async #begin(consumer: Consumer, assigned: Assigned): Promise<void> {
    const { onAssigned, onError } = this.#options;
    const { topic, partition, position, backOff } = assigned;
    while (!this.#isOver(assigned)) {
      try {
        await onAssigned?.({ topic, partition, offset: position });
        break;
      } catch (error) {
        onError(error);
        await backOff.wait(assigned.revoked.signal);
      }
    }
    if (this.#isOver(assigned)) return;
    backOff.reset();
    assigned.isReady = true;
    consumer.seek({ topic, partition, offset: String(position) });
    consumer.resume([{ topic, partitions: [partition] }]);
  }

  #isOver({ revoked }: Assigned): boolean {
    return revoked.signal.aborted || this.#stopping.signal.aborted;
  }

  async #onBatch(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    const assigned = this.#assigned.get(`${topic}/${partition}`);
    if (!assigned?.isReady || this.#isOver(assigned) || payload.isStale()) return;
    if (!this.#isOnTrack(consumer, assigned, payload)) return;
    this.#inFlight += 1;
    try {
      await this.#handle(consumer, assigned, payload);
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#idle?.();
    }
  }

  /**
   * A batch from another place than the one to read on at was fetched for an earlier assignment, or the place is
   * gone. Asking again tells which: the second time it is taken as it comes.
   */
  #isOnTrack(consumer: Consumer, assigned: Assigned, { batch }: EachBatchPayload): boolean {
    const { topic, partition, position } = assigned;
    const fetched = BigInt((batch as typeof batch & { fetchedOffset: string }).fetchedOffset);
    if (fetched === position) {
      assigned.isOffTrack = false;
      return true;
    }
    if (!assigned.isOffTrack) {
      assigned.isOffTrack = true;
      consumer.seek({ topic, partition, offset: String(position) });
      return false;
    }
    assigned.isOffTrack = false;
    assigned.position = fetched;
    this.#options.onError(
      new EventLogError(
        'eventlog.offset_out_of_range',
        `${assigned.name} does not hold ${position}: reading goes on at ${fetched}.`,
      ),
    );
    return true;
  }

  async #handle(consumer: Consumer, assigned: Assigned, payload: EachBatchPayload): Promise<void> {
    const { limits, onBatch, onError, onHandled } = this.#options;
    const heartbeats = new Heartbeats(payload, this.#options.sessionTimeoutMs / 5);
    try {
      for (const batch of batchesOf(payload, limits)) {
        if (this.#isOver(assigned)) return;
        try {
          await onBatch(batch);
        } catch (error) {
          onError(error);
          this.#pauseAfterFailure(consumer, assigned);
          break;
        }
        const next = batch.records.at(-1)!.offset + 1n;
        if (!(await this.#commit(assigned, payload, next))) return;
        payload.resolveOffset(String(next - 1n));
        assigned.position = next;
        assigned.backOff.reset();
        onHandled?.(batch);
        if (heartbeats.rejoin !== undefined) break;
      }
    } finally {
      heartbeats.stop();
    }
    // What was finished is committed; kafkajs joins again on this error.
    if (heartbeats.rejoin !== undefined) throw heartbeats.rejoin as Error;
  }

  #pauseAfterFailure(consumer: Consumer, assigned: Assigned): void {
    const partitions = [{ topic: assigned.topic, partitions: [assigned.partition] }];
    consumer.pause(partitions);
    void assigned.backOff.wait(assigned.revoked.signal).then(() => {
      if (this.#isOver(assigned)) return;
      try {
        consumer.resume(partitions);
      } catch {
        // The consumer has just crashed: what replaces it reads on here.
      }
    });
  }

  /** The handler's work is done, so this tries on while brokers are away: giving up would do the work twice. */
  async #commit(assigned: Assigned, payload: EachBatchPayload, offset: bigint): Promise<boolean> {
    const { commits, onError } = this.#options;
    if (!commits) return true;
    const { topic, partition, name } = assigned;
    const backOff = new BackOff(this.#options.backOff);
    for (let attempt = 1; ; attempt += 1) {
      if (assigned.revoked.signal.aborted) {
        onError(fenced(name));
        return false;
      }
      try {
        // In the same turn as the check above, and without kafkajs's own retries: it would repeat this commit in the
        // name of a later generation.
        await payload.commitOffsetsIfNecessary({
          topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }],
        });
        return true;
      } catch (error) {
        if (isRejoin(error)) {
          onError(fenced(name, error));
          throw error;
        }
        onError(asEventLogError(error, 'commit'));
        if (this.#stopping.signal.aborted && attempt >= COMMIT_ATTEMPTS_WHEN_STOPPING) return false;
        await backOff.wait(assigned.revoked.signal);
      }
    }
  }
}

/** Keeps the member alive while its handler works, and remembers when the group wants it to join again. */
class Heartbeats {
  rejoin: unknown;
  readonly #timer: NodeJS.Timeout;

  constructor({ heartbeat }: EachBatchPayload, everyMs: number) {
    this.#timer = setInterval(() => {
      heartbeat().catch((error: unknown) => {
        // Anything else is a connection that is away: the next one may get through.
        if (isRejoin(error)) this.rejoin ??= error;
      });
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function isRejoin(error: unknown): boolean {
  return REJOIN.includes((error as { type?: string }).type ?? '');
}

function fenced(name: string, cause?: unknown): EventLogError {
  return new EventLogError(
    'eventlog.fenced',
    `${name} was taken over; its last batch may be handled twice.`,
    { cause },
  );
}

function* batchesOf({ batch }: EachBatchPayload, { maxRecords, maxBytes }: BatchLimits): Generator<LogBatch> {
  const { topic, partition } = batch;
  const endOffset = BigInt(batch.highWatermark);
  let records: LogRecord[] = [];
  let bytes = 0;
  for (const message of batch.messages) {
    const record = recordOf(topic, partition, message);
    const isFull = records.length === maxRecords || bytes + record.value.byteLength > maxBytes;
    if (isFull && records.length > 0) {
      yield { topic, partition, records, endOffset };
      records = [];
      bytes = 0;
    }
    records.push(record);
    bytes += record.value.byteLength;
  }
  if (records.length > 0) yield { topic, partition, records, endOffset };
}

const NOTHING = new Uint8Array();

function recordOf(topic: string, partition: number, message: KafkaMessage): LogRecord {
  const type = message.headers?.['type'];
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString('utf8') ?? '',
    type: (Array.isArray(type) ? type[0] : type)?.toString() ?? '',
    value: message.value ?? NOTHING,
    timestamp: Number(message.timestamp),
  };
}
