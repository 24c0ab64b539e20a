import { AUDIT_STATUS_PATH, type AuditStatus } from '@portcullis/contracts';
import type { InternalHandler } from '@portcullis/service';
import type { LogWatermarks } from '../unknowns/log-watermarks.js';
import type { AuditMetrics } from './audit-metrics.js';
import type { StoreMonitor } from './store-monitor.js';

export interface StatusParts {
  readonly watermarks: LogWatermarks;
  readonly metrics: AuditMetrics;
  readonly store: StoreMonitor;
  readonly startedAt: number;
}

/** `GET /internal/v1/status`. */
export function statusHandler(parts: StatusParts): InternalHandler {
  return (request, response) => {
    if (request.url !== AUDIT_STATUS_PATH) return false;
    if (request.method !== 'GET') {
      response.writeHead(405, { allow: 'GET' });
      response.end();
      return true;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(auditStatus(parts)));
    return true;
  };
}

export function auditStatus({ watermarks, metrics, store, startedAt }: StatusParts): AuditStatus {
  return {
    asOf: isoOf(watermarks.asOf),
    lag: Number(watermarks.totalLag()),
    partitions: watermarks.partitions().map(({ topic, partition, end, committed, lag }) => ({
      topic,
      partition,
      end: Number(end),
      committed: committed === undefined ? null : Number(committed),
      lag: Number(lag),
      storedUntil: isoOf(watermarks.watermark(topic, partition)),
    })),
    stored: store.counts,
    since: { startedAt: new Date(startedAt).toISOString(), ...metrics.totals },
  };
}

/** Behind when something has waited in the log for longer than this. */
const LATE_MS = 60_000;

/** Health check: not ok when the oldest record that is not stored is older than a minute. */
export function lagCheck(
  watermarks: LogWatermarks,
  now: () => number = Date.now,
): { ok: boolean; detail?: string } {
  if (watermarks.asOf === undefined) return { ok: false, detail: 'not read yet' };
  const late = watermarks.partitions().filter(({ topic, partition, lag }) => {
    const until = watermarks.watermark(topic, partition);
    return lag > 0n && (until === undefined || now() - until > LATE_MS);
  });
  const detail = `lag ${watermarks.totalLag()}`;
  if (late.length === 0) return { ok: true, detail };
  return {
    ok: false,
    detail: `${detail}; behind on ${late.map(({ topic, partition }) => `${topic}/${partition}`).join(', ')}`,
  };
}

function isoOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
