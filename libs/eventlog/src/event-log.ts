/**
 * The event log port: an ordered, partitioned, durable log with consumer groups, as Kafka defines it.
 *
 * Delivery is at least once everywhere: an append that failed may have been written, a batch whose handler failed
 * comes again, and a partition that moves to another member starts again at its last commit. Consumers deduplicate by
 * what the event says (its id, its gateway sequence), not by offset alone.
 *
 * Errors that callers meet are `EventLogError` with a stable code; `retriable` says whether the same call may succeed
 * later. The contract suite (`@portcullis/eventlog/contract`) states what every adapter keeps.
 */
export interface NewLogRecord {
  readonly topic: string;
  /** Records of one key keep their order; the partition is the key's hash (`partitionOf`). At most 1 KiB of UTF-8. */
  readonly key: string;
  /** The event's type, copied to a header so that a consumer can skip without parsing. At most 256 bytes. */
  readonly type: string;
  /** UTF-8 JSON of the event's envelope. At most 1 MiB; 1.5 MiB in a dead-letter topic. */
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
  /** When the log took the record by the log's clock, milliseconds since the epoch. */
  readonly timestamp: number;
}

/** Records of one partition, in offset order; never empty. */
export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Offset after the last record the log held for this partition when the batch was read: for lag. */
  readonly endOffset: bigint;
}

/**
 * Commits the batch by returning. Throwing means redelivery after a back-off, starting at the batch's first record;
 * where the batch ends may differ then. Batches of one partition never overlap within a member; those of different
 * partitions may be handled at the same time.
 */
export type BatchHandler = (batch: LogBatch) => Promise<void>;

export interface Assignment {
  readonly topic: string;
  readonly partition: number;
  /** Where reading will start. */
  readonly offset: bigint;
}

export interface Subscription {
  /** Consumer group: each partition is read by one member, and offsets are kept in the log. At most 200 characters. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a group without offsets starts. A group that starts at the end keeps that place, committed or not. */
  readonly from: 'beginning' | 'end';
  /** Default 500. */
  readonly maxBatchRecords?: number;
  /** Sum of value sizes; one record larger than this still comes, alone. Default 4 MiB. */
  readonly maxBatchBytes?: number;
  /** Wait at most this long to fill a batch. Default 0: what is there comes at once. */
  readonly maxWaitMs?: number;
  /**
   * Called, and awaited, before the first batch of each assignment of a partition; retried with back-off when it
   * throws. A rebalance may assign a partition again to the member that had it.
   */
  readonly onAssigned?: (assignment: Assignment) => Promise<void>;
  readonly onBatch: BatchHandler;
  /** Told of every failure of a handler or of the log itself; the subscription goes on by itself. */
  readonly onError?: (error: unknown) => void;
}

/** A reader without a group or commits: every record of the topics, for live feeds. */
export interface TailOptions {
  readonly topics: readonly string[];
  /**
   * Start after these offsets (`topic/partition` to offset). A partition that is not named starts at the end as it is
   * when `tail` resolves; one whose records are gone starts at the first that is still held.
   */
  readonly after?: ReadonlyMap<string, bigint>;
  readonly onBatch: BatchHandler;
  readonly onError?: (error: unknown) => void;
}

export interface RunningReader {
  /** Resolves when the handler in flight has ended and what it finished is committed. Never rejects. */
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
  /** How long records are kept at least. */
  readonly retentionDays: number;
}

export interface EventLog {
  /** Creates what is missing; refuses with `eventlog.partition_count` when a topic exists with another count. */
  ensureTopics(topics: readonly LogTopic[]): Promise<void>;
  /**
   * Resolves when every record is durable, rejects after a bounded time. Records of one partition are stored in the
   * order given, and appends that were awaited one after another keep their order. A rejected append may have been
   * stored in part or whole. Small appends made at the same time share one write.
   */
  append(records: readonly NewLogRecord[]): Promise<void>;
  /**
   * Rejects when a topic is unknown or the log cannot be reached at first; from then on it goes on by itself,
   * whatever happens to the log.
   */
  subscribe(subscription: Subscription): Promise<RunningReader>;
  /** What is appended after this resolves is delivered. Rejects as `subscribe` does. */
  tail(options: TailOptions): Promise<RunningReader>;
  positions(topic: string): Promise<PartitionPosition[]>;
  /** Committed offsets of a group: the next offset it will read. Partitions never committed are left out. */
  committed(group: string, topic: string): Promise<Map<number, bigint>>;
  /** Stops every reader, waits for appends in flight and lets go of connections. */
  close(): Promise<void>;
}
