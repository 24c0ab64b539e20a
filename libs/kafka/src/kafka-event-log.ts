import { randomUUID } from 'node:crypto';
import type {
  EventLog,
  LogTopic,
  NewLogRecord,
  PartitionPosition,
  RunningReader,
  Subscription,
  TailOptions,
} from '@portcullis/eventlog';
import {
  AppendQueue,
  asEventLogError,
  type BackOffOptions,
  batchLimits,
  checkGroup,
  errorReporter,
  OpenReaders,
  tailStart,
} from '@portcullis/eventlog/adapter';
import { KafkaAppender } from './kafka-appender.js';
import { KafkaConnection, type KafkaConnectionOptions } from './kafka-connection.js';
import { KafkaReader, type StartOffset, type TopicPartition } from './kafka-reader.js';
import { KafkaTopics, MAX_REQUEST_BYTES } from './kafka-topics.js';

export interface KafkaEventLogOptions extends Omit<KafkaConnectionOptions, 'clientId'> {
  readonly clientId?: string;
  /** Of topics this client creates. Default: 3, or as many as there are brokers. */
  readonly replicationFactor?: number;
  /** A member that is silent for this long loses its partitions. Default 10 s; the brokers allow no less than 6 s. */
  readonly sessionTimeoutMs?: number;
  /** An append that is not acknowledged by then is rejected. Default 30 s. */
  readonly appendTimeoutMs?: number;
  /** Between attempts of handlers that failed. */
  readonly backOff?: BackOffOptions;
}

/** Tails are groups to Kafka; these never commit. Where ACLs are used: READ on group prefix `portcullis.tail.`. */
const TAIL_GROUP = 'portcullis.tail.';

/**
 * The log in Apache Kafka. Connections: one producer for all appends, one admin, and one consumer for each reader.
 */
export class KafkaEventLog implements EventLog {
  readonly #options: KafkaEventLogOptions;
  readonly #connection: KafkaConnection;
  readonly #topics: KafkaTopics;
  readonly #appender: KafkaAppender;
  readonly #appends: AppendQueue;
  readonly #readers = new OpenReaders();
  #closing: Promise<void> | undefined;

  constructor(options: KafkaEventLogOptions) {
    this.#options = options;
    this.#connection = new KafkaConnection({ ...options, clientId: options.clientId ?? 'portcullis' });
    this.#topics = new KafkaTopics(this.#connection, options.replicationFactor);
    this.#appender = new KafkaAppender({
      connection: this.#connection,
      partitionsOf: (topic) => this.#topics.partitionsOf(topic),
      timeoutMs: options.appendTimeoutMs ?? 30_000,
    });
    this.#appends = new AppendQueue({
      write: (records) => this.#appender.write(records),
      maxBytes: MAX_REQUEST_BYTES,
    });
  }

  async ensureTopics(topics: readonly LogTopic[]): Promise<void> {
    this.#readers.assertOpen();
    await this.#topics.ensure(topics).catch((error: unknown) => {
      throw asEventLogError(error, 'create its topics');
    });
  }

  async append(records: readonly NewLogRecord[]): Promise<void> {
    this.#readers.assertOpen();
    await this.#know(new Set(records.map(({ topic }) => topic)), 'append');
    await this.#appends.append(records);
  }

  async subscribe(subscription: Subscription): Promise<RunningReader> {
    this.#readers.assertOpen();
    checkGroup(subscription.group);
    const { group, topics, from, onAssigned, onBatch } = subscription;
    await this.#know(topics, 'be read');
    return this.#read({
      groupId: group,
      topics,
      limits: batchLimits(subscription),
      commits: true,
      startOffsets: (partitions) => this.#groupStart(group, from, partitions),
      onAssigned,
      onBatch,
      onError: errorReporter(subscription),
    });
  }

  async tail(options: TailOptions): Promise<RunningReader> {
    this.#readers.assertOpen();
    const positions = new Map<string, bigint>();
    for (const topic of options.topics) {
      for (const { partition, start, end } of await this.positions(topic)) {
        positions.set(`${topic}/${partition}`, tailStart(options, topic, partition, { start, end }));
      }
    }
    const groupId = `${TAIL_GROUP}${randomUUID()}`;
    const reader = await this.#read({
      groupId,
      topics: options.topics,
      limits: batchLimits({}),
      commits: false,
      startOffsets: async () =>
        new Map([...positions].map(([name, offset]) => [name, { offset, isNew: false }])),
      onBatch: options.onBatch,
      onError: errorReporter(options),
      onHandled: ({ topic, partition, records }) =>
        positions.set(`${topic}/${partition}`, records.at(-1)!.offset + 1n),
    });
    return {
      stop: async () => {
        await reader.stop();
        // An empty group without commits is forgotten by the brokers in time; this only tidies up sooner.
        await this.#connection.withAdmin((admin) => admin.deleteGroups([groupId])).catch(() => undefined);
      },
    };
  }

  async positions(topic: string): Promise<PartitionPosition[]> {
    this.#readers.assertOpen();
    await this.#know([topic], 'tell its positions');
    try {
      const offsets = await this.#connection.withAdmin((admin) => admin.fetchTopicOffsets(topic));
      return offsets
        .map(({ partition, low, high }) => ({ topic, partition, start: BigInt(low), end: BigInt(high) }))
        .sort((a, b) => a.partition - b.partition);
    } catch (error) {
      throw asEventLogError(error, 'tell its positions');
    }
  }

  async committed(group: string, topic: string): Promise<Map<number, bigint>> {
    this.#readers.assertOpen();
    await this.#know([topic], 'tell committed offsets');
    try {
      const [offsets] = await this.#connection.withAdmin((admin) =>
        admin.fetchOffsets({ groupId: group, topics: [topic] }),
      );
      const known = offsets!.partitions.map(({ partition, offset }) => [partition, BigInt(offset)] as const);
      return new Map(known.filter(([, offset]) => offset >= 0n).sort(([a], [b]) => a - b));
    } catch (error) {
      throw asEventLogError(error, 'tell committed offsets');
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#appends.close(), this.#readers.close()]);
    await this.#appender.close();
    await this.#connection.close();
  }

  async #know(topics: Iterable<string>, what: string): Promise<void> {
    await this.#topics.know([...topics]).catch((error: unknown) => {
      throw asEventLogError(error, what);
    });
  }

  async #read(
    options: Omit<Parameters<typeof KafkaReader.start>[0], 'connection' | 'sessionTimeoutMs' | 'backOff'>,
  ): Promise<RunningReader> {
    const reader = await KafkaReader.start({
      ...options,
      connection: this.#connection,
      sessionTimeoutMs: this.#options.sessionTimeoutMs ?? 10_000,
      backOff: this.#options.backOff,
    }).catch((error: unknown) => {
      throw asEventLogError(error, 'be read');
    });
    return this.#readers.add(reader);
  }

  /** The committed offset; without one the first record or the end, and the end is committed so that it stays. */
  async #groupStart(
    group: string,
    from: Subscription['from'],
    partitions: readonly TopicPartition[],
  ): Promise<Map<string, StartOffset>> {
    const starts = new Map<string, StartOffset>();
    for (const topic of new Set(partitions.map((each) => each.topic))) {
      const committed = await this.committed(group, topic);
      const positions = await this.positions(topic);
      for (const { partition } of partitions.filter((each) => each.topic === topic)) {
        const { start, end } = positions.find((each) => each.partition === partition)!;
        const offset = committed.get(partition) ?? (from === 'end' ? end : start);
        starts.set(`${topic}/${partition}`, { offset, isNew: from === 'end' && !committed.has(partition) });
      }
    }
    return starts;
  }
}
