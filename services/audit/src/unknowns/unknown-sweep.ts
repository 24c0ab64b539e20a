import { createHash } from 'node:crypto';
import type { AuditTables, PartitionKey } from '../ingestion/audit-tables.js';
import { byTablePartition, type AuditRow } from '../rows/audit-row.js';
import { columnTime } from '../rows/bounded.js';
import type { LogWatermarks } from './log-watermarks.js';

/** Pending calls looked at in one step. */
const SLICE = 1_000;
/** Replicas' clocks may differ by this much. */
const CLOCK_SKEW_MS = 10_000;
/** Pending calls are kept this long; older ones cannot be swept any more. */
const PENDING_KEPT_MS = 10 * 86_400_000;
/** How often progress is written down when nothing was found. */
const SAVE_EVERY_MS = 10 * 60_000;

/**
 * Gives every decided call whose completion never came its terminal row: outcome `unknown`, `row_version` 1, so that a
 * completion later still replaces it.
 *
 * Only calls whose log partition has been stored beyond their due time are looked at: a completion that waits in the log
 * is not missing. Running twice, or on two replicas at once, stores the same rows under the same keys.
 */
export class UnknownSweep {
  private readonly swept = new Map<string, { until: number; savedUntil: number }>();

  constructor(
    private readonly tables: AuditTables,
    private readonly watermarks: Pick<LogWatermarks, 'watermark'>,
    private readonly partitions: () => readonly PartitionKey[],
    private readonly now: () => number = Date.now,
  ) {}

  /** Rows stored. */
  async run(signal?: AbortSignal): Promise<number> {
    let stored = 0;
    for (const { topic, partition } of this.partitions()) {
      if (signal?.aborted) break;
      const watermark = this.watermarks.watermark(topic, partition);
      if (watermark !== undefined)
        stored += await this.sweep({ topic, partition }, watermark - CLOCK_SKEW_MS, signal);
    }
    return stored;
  }

  private async sweep(at: PartitionKey, limit: number, signal: AbortSignal | undefined): Promise<number> {
    const place = `${at.topic}/${at.partition}`;
    const state = this.swept.get(place) ?? (await this.resume(at));
    this.swept.set(place, state);
    let stored = 0;
    while (state.until < limit && !signal?.aborted) {
      const until = await this.tables.nextSlice(at, state.until, limit, SLICE);
      if (until === undefined) {
        state.until = limit;
        break;
      }
      stored += await this.close(at, await this.tables.openCalls(at, state.until, until));
      state.until = until;
    }
    if (stored > 0 || state.until - state.savedUntil >= SAVE_EVERY_MS) {
      await this.tables.saveSweptUntil(at, state.until);
      state.savedUntil = state.until;
    }
    return stored;
  }

  private async resume(at: PartitionKey): Promise<{ until: number; savedUntil: number }> {
    const until = (await this.tables.sweptUntil(at)) ?? this.now() - PENDING_KEPT_MS;
    return { until, savedUntil: until };
  }

  private async close(at: PartitionKey, rows: readonly AuditRow[]): Promise<number> {
    const ingestedAt = columnTime(this.now());
    for (const [partition, group] of byTablePartition(rows, (row) => row)) {
      const sorted = group.toSorted((a, b) => (a.event_id < b.event_id ? -1 : 1));
      const ids = createHash('sha256');
      for (const row of sorted) ids.update(row.event_id);
      await this.tables.insertEvents(
        sorted.map((row) => ({ ...row, ingested_at: ingestedAt })),
        `unknown/${at.topic}/${at.partition}/${partition}/${ids.digest('hex').slice(0, 32)}`,
      );
    }
    return rows.length;
  }
}
