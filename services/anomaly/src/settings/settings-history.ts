import type { DetectionSettings } from '@portcullis/contracts';
import type { CallSeen } from '../calls/call-seen.js';

/**
 * How long after the log took it a change counts. What is in force for a call is a matter of the log's two times alone, so
 * that a replay finds the same; until then every process has surely read the change.
 */
export const IN_FORCE_AFTER_MS = 10_000;
/** Longer than calls are kept: no call is held against what was superseded before that. */
export const KEPT_MS = 9 * 86_400_000;

export interface SettingsChange {
  /** In the topic of policy changes. */
  readonly offset: bigint;
  readonly tenantId: string;
  /** Empty: of the organization. */
  readonly connectionId: string;
  /** When the log took it. */
  readonly takenAt: number;
  /** Null: inherited again. */
  readonly settings: DetectionSettings | null;
}

type Taken = Pick<SettingsChange, 'takenAt' | 'settings'>;

/** What organizations have set of detection, and when. */
export class SettingsHistory {
  /** By organization, then by connection. */
  readonly #changes = new Map<string, Map<string, readonly Taken[]>>();

  /** In the order of the log. */
  add({ tenantId, connectionId, takenAt, settings }: SettingsChange): void {
    const places = this.#changes.get(tenantId) ?? new Map<string, readonly Taken[]>();
    this.#changes.set(tenantId, places);
    const known = places.get(connectionId) ?? [];
    // The log's clock may have gone back; its order counts.
    const at = Math.max(takenAt, known.at(-1)?.takenAt ?? takenAt);
    const kept = known.filter((_, index) => (known[index + 1]?.takenAt ?? at) >= at - KEPT_MS);
    places.set(connectionId, [...kept, { takenAt: at, settings }]);
  }

  /** In force for a call: its connection's over its organization's; undefined where neither has set anything. */
  of({ tenantId, connection, loggedAt }: CallSeen): DetectionSettings | undefined {
    const places = this.#changes.get(tenantId);
    if (places === undefined) return undefined;
    const organization = inForce(places.get(''), loggedAt);
    const own = connection === null ? null : inForce(places.get(connection.id), loggedAt);
    if (own === null) return organization ?? undefined;
    if (organization === null) return own;
    return {
      rateMultiplier: own.rateMultiplier ?? organization.rateMultiplier,
      rateMinCalls: own.rateMinCalls ?? organization.rateMinCalls,
      off: own.off === null ? organization.off : [...own.off, ...(organization.off ?? [])],
    };
  }
}

function inForce(changes: readonly Taken[] | undefined, at: number): DetectionSettings | null {
  return changes?.findLast(({ takenAt }) => takenAt + IN_FORCE_AFTER_MS <= at)?.settings ?? null;
}
