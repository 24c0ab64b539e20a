import type { PartitionState } from '../detection/partition-state.js';

export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** The state of a partition as of an offset. */
export interface Snapshot extends PartitionName {
  /** Offset of the next record. */
  readonly position: bigint;
  /** Findings of records from `position` on are in the findings topic at this offset or later. */
  readonly findingsPosition: bigint;
  readonly state: PartitionState;
}

export type LoadedSnapshot =
  | { readonly kind: 'none' }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  /** Of another release: rebuilt without a fuss. */
  | { readonly kind: 'outdated'; readonly format: number }
  /** Not what was stored. */
  | { readonly kind: 'damaged'; readonly reason: string };

/** Keeps one snapshot for each partition. */
export interface SnapshotStore {
  load(partition: PartitionName): Promise<LoadedSnapshot>;
  /** Resolves with its size in bytes. A snapshot of an earlier position than the stored one's is not stored. */
  save(snapshot: Snapshot): Promise<number>;
  discard(partition: PartitionName): Promise<void>;
}
