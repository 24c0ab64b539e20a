import type { FindingKind, FindingRaised } from '@portcullis/contracts';
import type { LogBatch } from '@portcullis/eventlog';
import type { CatchUp, ConsumptionEvents, DiscardReason } from '../consumption/consumption-events.js';
import type { DetectionCounts } from '../detection/detection-counts.js';
import type { PartitionName } from '../snapshots/snapshot.js';
import type { AnomalyMetrics } from './anomaly-metrics.js';

/** Where a line goes; the service's logger fits. */
export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** What consumption is up to: to metrics, to the log, and kept for the health page. */
export class ConsumptionStatus implements ConsumptionEvents {
  readonly #catchUps = new Map<string, CatchUp>();
  #snapshotFailure: string | undefined;

  constructor(
    private readonly metrics: AnomalyMetrics,
    private readonly log: Log,
  ) {}

  /** Not ok while a partition's state is rebuilt: its calls are not watched yet. */
  readonly catchUpCheck = (): { ok: boolean; detail?: string } => {
    if (this.#catchUps.size === 0) return { ok: true };
    const each = [...this.#catchUps].map(
      ([name, { from, position, to }]) => `${name} ${position - from} of ${to - from}`,
    );
    return { ok: false, detail: `reading again: ${each.join(', ')}` };
  };

  readonly snapshotCheck = (): { ok: boolean; detail?: string } =>
    this.#snapshotFailure === undefined ? { ok: true } : { ok: false, detail: this.#snapshotFailure };

  get catchingUpCount(): number {
    return this.#catchUps.size;
  }

  handled(batch: LogBatch, counts: DetectionCounts, seconds: number): void {
    this.metrics.handled(counts, seconds);
    if (counts.unreadable > 0) {
      const { topic, partition } = batch;
      this.log.warn({ topic, partition, unreadable: counts.unreadable }, 'records could not be understood');
    }
  }

  published(findings: readonly FindingRaised[], repeated: number): void {
    this.metrics.published(findings, repeated);
    for (const { id, tenantId, data } of findings) {
      this.log.info({ findingId: id, tenantId, kind: data.kind, severity: data.severity }, 'finding raised');
    }
  }

  snapshotSaved(bytes: number, seconds: number): void {
    this.#snapshotFailure = undefined;
    this.metrics.snapshotSaved(bytes, seconds);
  }

  snapshotFailed(error: unknown): void {
    this.#snapshotFailure = 'the last snapshot could not be stored';
    this.metrics.snapshotFailed();
    this.log.warn({ err: error }, 'a snapshot could not be stored and will be tried again');
  }

  snapshotDiscarded(
    { topic, partition }: PartitionName,
    why: { reason: DiscardReason; detail: string },
  ): void {
    this.metrics.snapshotDiscarded(why.reason);
    const details = { topic, partition, ...why };
    const message = 'a snapshot was discarded; its state is rebuilt from the log';
    if (why.reason === 'outdated') this.log.info(details, message);
    else this.log.error(details, message);
  }

  catchingUp(progress: CatchUp): void {
    const name = `${progress.topic}/${progress.partition}`;
    if (!this.#catchUps.has(name)) {
      const { from, to } = progress;
      this.log.info({ partition: name, from: String(from), to: String(to) }, 'reading the log again');
    }
    this.#catchUps.set(name, progress);
  }

  caughtUp({ topic, partition }: PartitionName): void {
    this.#catchUps.delete(`${topic}/${partition}`);
  }

  detectorFailed(error: unknown, kind: FindingKind, position: bigint): void {
    this.log.error({ err: error, kind, offset: String(position) }, 'a detector failed on a call');
  }

  logFailed(error: unknown): void {
    this.metrics.logFailed();
    this.log.warn({ err: error }, 'the event log failed and is tried again');
  }
}
