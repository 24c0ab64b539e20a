import type { AlertResolution, AlertSeverity, AlertState } from '@portcullis/contracts';

/** Times are milliseconds since the epoch by this service's clock, save where said otherwise. */
export interface Acknowledgement {
  readonly at: number;
  readonly by: string;
}

export interface Resolution {
  readonly at: number;
  /** Null where nobody did it. */
  readonly by: string | null;
  readonly how: AlertResolution;
}

/** Where an alert is in its life: what its decider knows and changes. */
export interface Lifecycle {
  /** Null: never fired. */
  readonly state: AlertState | null;
  readonly severity: AlertSeverity;
  /** Counts from 1; each reopening is one more. */
  readonly openings: number;
  readonly openedAt: number;
  readonly acknowledged: Acknowledgement | null;
  readonly resolved: Resolution | null;
  /** Past: not muted any more. */
  readonly mutedUntil: number | null;
}

/** Who and what an alert is about. Text may hold what an attacker wrote. */
export interface AlertSubject {
  readonly connection: { readonly id: string; readonly slug: string } | null;
  readonly agent: string | null;
  readonly user: string | null;
  readonly session: string | null;
  readonly key: { readonly id: string; readonly label: string } | null;
  readonly tool: string | null;
  readonly rule: string | null;
}

export interface Figures {
  readonly value: number | null;
  readonly unit: string | null;
  readonly threshold: number | null;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** What shows that it is so: of the latest firing, but for the range, which covers the whole opening. */
export interface Evidence {
  readonly observed: Figures | null;
  readonly expected: Figures | null;
  readonly lens: { readonly q: string; readonly from: string; readonly to: string } | null;
  /** Ids of requests, latest last. */
  readonly requests: readonly string[];
  readonly trace: string | null;
  readonly killSwitch: KillSwitchFacts | null;
}

export interface KillSwitchFacts {
  readonly id: string;
  readonly scope: string;
  readonly target: string | null;
  readonly reason: string;
}

export interface Alert {
  readonly id: string;
  readonly tenantId: string;
  /** One alert for each, for good; unique within the organization. */
  readonly dedupKey: string;
  readonly kind: string;
  readonly title: string;
  readonly subject: AlertSubject;
  readonly evidence: Evidence;
  readonly occurrences: number;
  /** By the clock of what happened. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** When this service last heard of it. */
  readonly heardAt: number;
  /** When it resolves by itself unless it fires again; null: never, or resolved. */
  readonly quietAt: number | null;
  readonly lifecycle: Lifecycle;
}

/** All states but `resolved` are firing, in Alertmanager's words. */
export function isFiring({ state }: Pick<Lifecycle, 'state'>): boolean {
  return state !== null && state !== 'resolved';
}

/** A mute that outlives whoever set it is a hole nobody sees. */
export const LONGEST_MUTE_MS = 90 * 86_400_000;

/** One that ends later than any may was set before the clock went back: it counts as ended. */
export function isMuted({ mutedUntil }: Pick<Lifecycle, 'mutedUntil'>, now: number): boolean {
  return mutedUntil !== null && mutedUntil > now && mutedUntil <= now + LONGEST_MUTE_MS;
}
