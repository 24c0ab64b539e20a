/**
 * The event log port: an ordered, partitioned, durable log with consumer groups, as Kafka defines it.
 *
 * Delivery is at least once everywhere: an append that failed may have been written, a batch whose handler failed
 * comes again. Consumers deduplicate by what the event says (its id, its gateway sequence), not by offset alone.
 */
export interface NewLogRecord {
  readonly topic: string;
  /** Records of one key keep their order; the partition is the key's hash. */
  readonly key: string;
  /** The event's type, copied to a header so that a consumer can skip without parsing. */
  readonly type: string;
  /** UTF-8 JSON of the event's envelope. At most 1 MiB. */
  readonly value: Uint8Array;
}

export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  /** Dense within the partition in the Postgres and in-memory logs; Kafka may leave holes. */
  readonly offset: bigint;
  readonly key: string;
  readonly type: string;
  readonly value: Uint8Array;
  /** When the log took the record, milliseconds since the epoch. */
  readonly timestamp: number;
}

/** Records of one partition, in offset order; never empty. */
export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Offset after the last record the log holds for this partition, when the batch was read: for lag. */
  readonly endOffset: bigint;
}

/** Commits the batch by returning. Throwing means redelivery of the same records, after a back-off. */
export type BatchHandler = (batch: LogBatch) => Promise<void>;

export interface Assignment {
  readonly topic: string;
  readonly partition: number;
  /** Where reading will start. */
  readonly offset: bigint;
}

export interface Subscription {
  /** Consumer group: each partition is read by one member, and offsets are kept in the log. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a group without offsets starts. */
  readonly from: 'beginning' | 'end';
  readonly maxBatchRecords?: number;
  readonly maxBatchBytes?: number;
  /** Wait at most this long to fill a batch. */
  readonly maxWaitMs?: number;
  /** Called, and awaited, before the first batch of a newly assigned partition. */
  readonly onAssigned?: (assignment: Assignment) => Promise<void>;
  readonly onBatch: BatchHandler;
  /** Told of every failure of a handler or of the log itself; the subscription goes on by itself. */
  readonly onError?: (error: unknown) => void;
}

/** A reader without a group or commits: every record of the topics, for live feeds. */
export interface TailOptions {
  readonly topics: readonly string[];
  /** Start after these offsets (`topic/partition` to offset), else at the end. */
  readonly after?: ReadonlyMap<string, bigint>;
  readonly onBatch: BatchHandler;
  readonly onError?: (error: unknown) => void;
}

export interface RunningReader {
  /** Resolves when the handler in flight has ended and what it finished is committed. */
  stop(): Promise<void>;
}

export interface PartitionPosition {
  readonly topic: string;
  readonly partition: number;
  /** First offset still held. */
  readonly start: bigint;
  /** Offset the next record will get. */
  readonly end: bigint;
}

export interface LogTopic {
  readonly name: string;
  readonly partitions: number;
  readonly retentionDays: number;
}

export interface EventLog {
  /** Creates what is missing; refuses with `eventlog.partition_count` when a topic exists with another count. */
  ensureTopics(topics: readonly LogTopic[]): Promise<void>;
  /**
   * Resolves when every record is durable. Records of one partition are stored in the order given, and appends
   * that were awaited one after another keep their order. A rejected append may have been stored in part.
   */
  append(records: readonly NewLogRecord[]): Promise<void>;
  subscribe(subscription: Subscription): Promise<RunningReader>;
  tail(options: TailOptions): Promise<RunningReader>;
  positions(topic: string): Promise<PartitionPosition[]>;
  /** Committed offsets of a group: the next offset it will read. Partitions never committed are left out. */
  committed(group: string, topic: string): Promise<Map<number, bigint>>;
  close(): Promise<void>;
}
