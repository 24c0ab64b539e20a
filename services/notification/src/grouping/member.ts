import type { AlertResolution, AlertSeverity, AlertState } from '@portcullis/contracts';
import { isFiring, isMuted, type Lifecycle } from '../alerts/alert.js';
import { isWorse } from '../alerts/severity.js';

/** What a channel was last told of an alert. */
export interface Told {
  readonly opening: number;
  readonly firing: boolean;
  readonly severity: AlertSeverity;
  readonly at: number;
}

/** What of an alert's life matters to who is told of it. */
export interface MemberLife {
  readonly state: AlertState;
  readonly severity: AlertSeverity;
  readonly openings: number;
  /** In this opening. */
  readonly wasAcknowledged: boolean;
  /** Null while it fires. */
  readonly resolution: AlertResolution | null;
  readonly mutedUntil: number | null;
}

/** An alert in a group. Times are milliseconds since the epoch. */
export interface Member {
  readonly alertId: string;
  readonly life: MemberLife;
  /** Since when there is something to tell: it opened, or the channel came to be told of it. */
  readonly since: number;
  readonly told: Told | null;
}

/** `opened`: fires and the channel does not know; `worse`: more severe than it knows; `ended`: does not fire any more. */
export type News = 'opened' | 'worse' | 'ended';

/** What the channel does not know yet, mutes aside. */
export function newsOf({ life, told }: Member, sendResolved: boolean): News | null {
  const knows = told !== null && told.opening === life.openings;
  if (isFiring(life)) {
    // Whoever acknowledged it knows.
    if (life.state === 'acknowledged') return null;
    if (!knows || !told.firing) return 'opened';
    return isWorse(life.severity, told.severity) ? 'worse' : null;
  }
  if (knows) return told.firing && sendResolved ? 'ended' : null;
  // It was over before anybody was told. Nobody needs to hear of what a person has dealt with; all else is told late.
  const dealtWith = life.resolution === 'person' || life.wasAcknowledged;
  return dealtWith ? null : 'ended';
}

/** Fires, was told, and nobody looks after it. */
export function isRepeated({ life, told }: Member): boolean {
  return isFiring(life) && life.state !== 'acknowledged' && told !== null;
}

/** A mute holds back what fires. The end of something the channel was told of is told even so. */
export function isHeldBack({ life, told }: Member, now: number): boolean {
  return isMuted(life, now) && (isFiring(life) || told?.opening !== life.openings);
}

export function memberLifeOf(life: Lifecycle): MemberLife {
  const { state, severity, openings, acknowledged, resolved, mutedUntil } = life;
  return {
    state: state ?? 'open',
    severity,
    openings,
    wasAcknowledged: acknowledged !== null,
    resolution: resolved?.how ?? null,
    mutedUntil,
  };
}
