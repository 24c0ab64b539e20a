import type { AuditRow } from './row-summary.js';

export interface Timing {
  readonly name: 'policy' | 'upstream' | 'gateway';
  readonly label: string;
  readonly ms: number;
  /** Of the whole, 0 to 1. */
  readonly share: number;
}

/** Where the time of a call went: the decision, the upstream, and the rest, which is the gateway's own. */
export function rowTimings(row: AuditRow): { readonly totalMs: number; readonly parts: readonly Timing[] } {
  const ms = (field: string) => Math.max(0, Number(row[field] ?? 0) || 0);
  const [policy, upstream] = [ms('policy_ms'), ms('upstream_ms')];
  const totalMs = Math.max(ms('latency_ms'), policy + upstream);
  if (totalMs === 0) return { totalMs, parts: [] };
  const part = (name: Timing['name'], label: string, took: number): Timing => ({
    name,
    label,
    ms: took,
    share: took / totalMs,
  });
  return {
    totalMs,
    parts: [
      part('policy', 'Identity and policy', policy),
      part('upstream', 'Upstream', upstream),
      part('gateway', 'Gateway', totalMs - policy - upstream),
    ],
  };
}
