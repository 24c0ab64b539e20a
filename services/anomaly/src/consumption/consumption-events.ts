import type { FindingKind, FindingRaised } from '@portcullis/contracts';
import type { LogBatch } from '@portcullis/eventlog';
import type { DetectionCounts } from '../detection/detection-counts.js';
import type { PartitionName } from '../snapshots/snapshot.js';

export interface CatchUp extends PartitionName {
  readonly from: bigint;
  readonly position: bigint;
  readonly to: bigint;
}

export type DiscardReason = 'damaged' | 'outdated' | 'other_log';

/** What consumption tells the metrics, the health page and the log. */
export interface ConsumptionEvents {
  /** Its findings are in the log. */
  handled(batch: LogBatch, counts: DetectionCounts, seconds: number): void;
  /** `repeated`: found again, in the log already. */
  published(findings: readonly FindingRaised[], repeated: number): void;
  snapshotSaved(bytes: number, seconds: number): void;
  snapshotFailed(error: unknown): void;
  snapshotDiscarded(partition: PartitionName, why: { reason: DiscardReason; detail: string }): void;
  catchingUp(progress: CatchUp): void;
  caughtUp(partition: PartitionName): void;
  detectorFailed(error: unknown, kind: FindingKind, position: bigint): void;
  logFailed(error: unknown): void;
}
