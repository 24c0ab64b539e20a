import type { FindingRaised } from '@portcullis/contracts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DetectionCounts } from '../detection/detection-counts.js';
import type { DiscardReason } from '../consumption/consumption-events.js';

const OUTCOMES = ['observed', 'skipped', 'duplicate', 'unreadable', 'failed'] as const;
const CLOCK_TROUBLE = ['ahead', 'late'] as const;
const EVICTIONS = {
  evictedSequences: 'gateway',
  evictedTenants: 'organization',
  evictedConnections: 'connection',
  forgotten: 'entry',
} as const;

export interface MetricSources {
  /** Records not handled yet, by `topic/partition`. */
  lag(): ReadonlyMap<string, bigint>;
  connections(): number;
  catchingUp(): number;
}

/** Figures for `/metrics`. */
export class AnomalyMetrics {
  private readonly records: Counter<'outcome'>;
  private readonly clock: Counter<'trouble'>;
  private readonly evictions: Counter<'what'>;
  private readonly findings: Counter<'kind' | 'severity'>;
  private readonly suppressed: Counter<'kind'>;
  private readonly repeated: Counter;
  private readonly delay: Histogram;
  private readonly batches: Histogram;
  private readonly snapshotBytes: Gauge;
  private readonly snapshotSeconds: Histogram;
  private readonly snapshotFailures: Counter;
  private readonly snapshotsDiscarded: Counter<'reason'>;
  private readonly logFailures: Counter;

  constructor(
    registry: Registry,
    sources: MetricSources,
    private readonly now: () => number = Date.now,
  ) {
    const registers = [registry];
    this.records = new Counter({
      name: 'anomaly_records_total',
      help: 'Records read, by what became of them.',
      labelNames: ['outcome'],
      registers,
    });
    this.clock = new Counter({
      name: 'anomaly_clock_trouble_total',
      help: 'Calls dated after the log took them, or too late for the windows they belong to.',
      labelNames: ['trouble'],
      registers,
    });
    this.evictions = new Counter({
      name: 'anomaly_evictions_total',
      help: 'What was forgotten to stay within bounds. It is learned anew, silently.',
      labelNames: ['what'],
      registers,
    });
    this.findings = new Counter({
      name: 'anomaly_findings_total',
      help: 'Findings published.',
      labelNames: ['kind', 'severity'],
      registers,
    });
    this.suppressed = new Counter({
      name: 'anomaly_findings_suppressed_total',
      help: 'Times a kind kept silent for its cooldown, as told by the next finding.',
      labelNames: ['kind'],
      registers,
    });
    this.repeated = new Counter({
      name: 'anomaly_findings_repeated_total',
      help: 'Findings found again after a restart that were in the log already, and were not appended again.',
      registers,
    });
    this.delay = new Histogram({
      name: 'anomaly_finding_delay_seconds', help: 'Time from the call that caused a finding to its place in the log.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600], registers,
    }); // prettier-ignore
    this.batches = new Histogram({
      name: 'anomaly_batch_duration_seconds', help: 'Time to handle one batch.',
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5], registers,
    }); // prettier-ignore
    this.snapshotBytes = new Gauge({
      name: 'anomaly_snapshot_bytes',
      help: 'Size of the snapshot stored last.',
      registers,
    });
    this.snapshotSeconds = new Histogram({
      name: 'anomaly_snapshot_duration_seconds', help: 'Time to store a snapshot.',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10], registers,
    }); // prettier-ignore
    this.snapshotFailures = new Counter({
      name: 'anomaly_snapshot_failures_total',
      help: 'Snapshots that could not be stored.',
      registers,
    });
    this.snapshotsDiscarded = new Counter({
      name: 'anomaly_snapshots_discarded_total',
      help: 'Snapshots that could not be used; the state was rebuilt from the log.',
      labelNames: ['reason'],
      registers,
    });
    this.logFailures = new Counter({
      name: 'anomaly_log_failures_total',
      help: 'Troubles with the event log, each tried again.',
      registers,
    });
    new Gauge({
      name: 'anomaly_lag_records', help: 'Records of the log that are not handled yet.', labelNames: ['partition'], registers,
      collect() {
        for (const [partition, lag] of sources.lag()) this.set({ partition }, Number(lag));
      },
    }); // prettier-ignore
    new Gauge({
      name: 'anomaly_connections', help: 'Connections remembered.', registers,
      collect() {
        this.set(sources.connections());
      },
    }); // prettier-ignore
    new Gauge({
      name: 'anomaly_partitions_catching_up', help: 'Partitions whose state is being rebuilt.', registers,
      collect() {
        this.set(sources.catchingUp());
      },
    }); // prettier-ignore
  }

  handled(counts: DetectionCounts, seconds: number): void {
    for (const outcome of OUTCOMES) this.records.inc({ outcome }, counts[outcome]);
    for (const trouble of CLOCK_TROUBLE) this.clock.inc({ trouble }, counts[trouble]);
    for (const [name, what] of Object.entries(EVICTIONS)) {
      this.evictions.inc({ what }, counts[name as keyof typeof EVICTIONS]);
    }
    this.batches.observe(seconds);
  }

  published(findings: readonly FindingRaised[], repeated: number): void {
    for (const { data, occurredAt } of findings) {
      this.findings.inc({ kind: data.kind, severity: data.severity });
      this.suppressed.inc({ kind: data.kind }, data.suppressed);
      this.delay.observe(Math.max(0, this.now() - Date.parse(occurredAt)) / 1000);
    }
    this.repeated.inc(repeated);
  }

  snapshotSaved(bytes: number, seconds: number): void {
    this.snapshotBytes.set(bytes);
    this.snapshotSeconds.observe(seconds);
  }

  snapshotFailed(): void {
    this.snapshotFailures.inc();
  }

  snapshotDiscarded(reason: DiscardReason): void {
    this.snapshotsDiscarded.inc({ reason });
  }

  logFailed(): void {
    this.logFailures.inc();
  }
}
