import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ClickHouseError } from '@portcullis/clickhouse';
import type { BatchWriterEvents } from '../ingestion/batch-writer.js';
import type { LogWatermarks } from '../unknowns/log-watermarks.js';

/** Figures for `/metrics`, and the sums of them that `/internal/v1/status` tells. */
export class AuditMetrics implements BatchWriterEvents {
  readonly totals = { rows: 0, skipped: 0, unknown: 0, deadLetters: 0, failures: 0 };
  private readonly rows: Counter;
  private readonly pending: Counter;
  private readonly skipped: Counter;
  private readonly bytes: Counter;
  private readonly letters: Counter<'topic' | 'code'>;
  private readonly unknownRows: Counter;
  private readonly failures: Counter<'kind'>;
  private readonly batches: Histogram;
  private readonly delay: Histogram;

  constructor(
    registry: Registry,
    watermarks: Pick<LogWatermarks, 'partitions'>,
    private readonly now: () => number = Date.now,
  ) {
    const registers = [registry];
    this.rows = new Counter({
      name: 'audit_rows_stored_total',
      help: 'Rows stored in audit_events.',
      registers,
    });
    this.pending = new Counter({
      name: 'audit_pending_stored_total',
      help: 'Decided calls stored to wait for their end.',
      registers,
    });
    this.skipped = new Counter({
      name: 'audit_records_skipped_total',
      help: 'Records that were stored already.',
      registers,
    });
    this.bytes = new Counter({
      name: 'audit_records_bytes_total',
      help: 'Bytes of records read from the log.',
      registers,
    });
    this.letters = new Counter({
      name: 'audit_dead_letters_total',
      help: 'Records that could not become a row.',
      labelNames: ['topic', 'code'],
      registers,
    });
    this.unknownRows = new Counter({
      name: 'audit_unknown_rows_total',
      help: 'Calls stored as unknown because no completion came.',
      registers,
    });
    this.failures = new Counter({
      name: 'audit_failures_total',
      help: 'Batches and sweeps that failed and will be tried again.',
      labelNames: ['kind'],
      registers,
    });
    this.batches = new Histogram({
      name: 'audit_batch_duration_seconds', help: 'Time to store one batch.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30], registers,
    }); // prettier-ignore
    this.delay = new Histogram({
      name: 'audit_delay_seconds', help: 'Time from the log taking the newest record of a batch to its row.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300], registers,
    }); // prettier-ignore
    new Gauge({
      name: 'audit_lag_records', help: 'Records of the log that are not stored yet.', labelNames: ['topic', 'partition'], registers,
      collect() {
        for (const { topic, partition, lag } of watermarks.partitions()) this.set({ topic, partition }, Number(lag));
      },
    }); // prettier-ignore
  }

  stored(counts: Parameters<BatchWriterEvents['stored']>[0]): void {
    this.totals.rows += counts.rows;
    this.totals.skipped += counts.skipped;
    this.rows.inc(counts.rows);
    this.pending.inc(counts.pending);
    this.skipped.inc(counts.skipped);
    this.bytes.inc(counts.bytes);
    this.batches.observe(counts.seconds);
    this.delay.observe(Math.max(0, this.now() - counts.newest) / 1000);
  }

  deadLettered(topic: string, code: string): void {
    this.totals.deadLetters += 1;
    this.letters.inc({ topic, code });
  }

  unknown(rows: number): void {
    this.totals.unknown += rows;
    this.unknownRows.inc(rows);
  }

  failed(error: unknown): void {
    this.totals.failures += 1;
    this.failures.inc({ kind: error instanceof ClickHouseError ? error.code : 'other' });
  }
}
