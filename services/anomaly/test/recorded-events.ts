import type { FindingKind, FindingRaised } from '@portcullis/contracts';
import type { LogBatch } from '@portcullis/eventlog';
import type { CatchUp, ConsumptionEvents, DiscardReason } from '../src/consumption/consumption-events.js';
import type { DetectionCounts } from '../src/detection/detection-counts.js';
import type { PartitionName } from '../src/snapshots/snapshot.js';

type EventName = keyof ConsumptionEvents;

/** Remembers what consumption told: the last argument of each event, which says the most. */
export class RecordedEvents implements ConsumptionEvents {
  readonly #told: { name: EventName; what: unknown }[] = [];
  repeated = 0;

  of(name: EventName): unknown[] {
    return this.#told.filter((one) => one.name === name).map(({ what }) => what);
  }

  clear(): void {
    this.#told.length = 0;
  }

  handled(_batch: LogBatch, counts: DetectionCounts): void {
    this.#tell('handled', counts);
  }
  published(findings: readonly FindingRaised[], repeated: number): void {
    this.repeated += repeated;
    this.#tell('published', findings);
  }
  snapshotSaved(bytes: number): void {
    this.#tell('snapshotSaved', bytes);
  }
  snapshotFailed(error: unknown): void {
    this.#tell('snapshotFailed', error);
  }
  snapshotDiscarded(_partition: PartitionName, why: { reason: DiscardReason; detail: string }): void {
    this.#tell('snapshotDiscarded', why);
  }
  catchingUp(progress: CatchUp): void {
    this.#tell('catchingUp', progress);
  }
  caughtUp(partition: PartitionName): void {
    this.#tell('caughtUp', partition);
  }
  detectorFailed(error: unknown, _kind: FindingKind): void {
    this.#tell('detectorFailed', error);
  }
  logFailed(error: unknown): void {
    this.#tell('logFailed', error);
  }

  #tell(name: EventName, what: unknown): void {
    this.#told.push({ name, what });
  }
}
