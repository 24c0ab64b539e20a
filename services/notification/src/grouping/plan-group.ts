import type { GroupSettings } from '../routing/route.js';
import { isFiring } from '../alerts/alert.js';
import { isHeldBack, isRepeated, newsOf, type Member, type Told } from './member.js';

export interface GroupPlan {
  /** What to tell now; null when nothing is due. */
  readonly tell: {
    /** `resolved`: nothing of it fires any more. */
    readonly kind: 'firing' | 'resolved';
    /** In no particular order, each either firing or ended. */
    readonly members: readonly Member[];
    /** Something new and critical is in it. */
    readonly critical: boolean;
  } | null;
  /** When to look again once that is told; null when there is nothing to wait for. */
  readonly nextAt: number | null;
  /** What the channel knows afterwards, for the members told of. */
  readonly told: ReadonlyMap<string, Told>;
  /** Members nothing will ever be told of as things are. */
  readonly done: readonly string[];
}

/**
 * What a channel is told of a group, and when it is next told, as Alertmanager does it: a new group waits `groupWait` for
 * more; once told, news waits until `groupInterval` has passed; without news, what still fires is told again after
 * `repeatInterval`. What is new and critical waits for nothing. A told group brings everything in it that fires.
 *
 * A time in the future is taken for now: the clock went back, and nobody shall wait for it to catch up.
 */
export function planGroup(
  members: readonly Member[],
  lastNotifiedAt: number | null,
  settings: GroupSettings,
  now: number,
): GroupPlan {
  const due = members.filter((member) => {
    const at = dueAt(member, lastNotifiedAt, settings, now);
    return at !== null && at <= now;
  });
  if (due.length === 0) return waiting(members, lastNotifiedAt, settings, now);

  const told = new Map<string, Told>();
  const telling = members.filter((member) => isTold(member, settings, now));
  for (const { alertId, life } of telling) {
    told.set(alertId, { opening: life.openings, firing: isFiring(life), severity: life.severity, at: now });
  }
  const after = members.map((member) => ({ ...member, told: told.get(member.alertId) ?? member.told }));
  return {
    ...waiting(after, now, settings, now),
    tell: {
      kind: telling.some(({ life }) => isFiring(life)) ? 'firing' : 'resolved',
      members: telling,
      critical: due.some((member) => isUrgent(member, settings)),
    },
    told,
  };
}

/** When something has to be told of this member as things are; null: never. */
export function dueAt(
  member: Member,
  lastNotifiedAt: number | null,
  settings: GroupSettings,
  now: number,
): number | null {
  const { life, told } = member;
  const news = newsOf(member, settings.sendResolved);
  if (news === null && !isRepeated(member)) return null;
  const unmuted = isHeldBack(member, now) ? life.mutedUntil! : -Infinity;
  const turn = lastNotifiedAt === null ? -Infinity : Math.min(lastNotifiedAt, now) + settings.groupIntervalMs;
  if (news === null) return Math.max(unmuted, turn, Math.min(told!.at, now) + settings.repeatIntervalMs);
  const since = Math.min(member.since, now);
  if (isUrgent(member, settings)) return Math.max(unmuted, since);
  // The end of what was told has nothing to wait for but its turn.
  const waited = news === 'ended' && told?.opening === life.openings ? since : since + settings.groupWaitMs;
  return Math.max(unmuted, waited, turn);
}

/** Critical and not known to the channel. */
function isUrgent(member: Member, { sendResolved }: GroupSettings): boolean {
  return (
    member.life.severity === 'critical' && isFiring(member.life) && newsOf(member, sendResolved) !== null
  );
}

function isTold(member: Member, { sendResolved }: GroupSettings, now: number): boolean {
  if (isHeldBack(member, now)) return false;
  return newsOf(member, sendResolved) !== null || isRepeated(member);
}

function waiting(
  members: readonly Member[],
  lastNotifiedAt: number | null,
  settings: GroupSettings,
  now: number,
): GroupPlan {
  let nextAt: number | null = null;
  const done: string[] = [];
  for (const member of members) {
    const at = dueAt(member, lastNotifiedAt, settings, now);
    if (at !== null && (nextAt === null || at < nextAt)) nextAt = at;
    // What fires stays a member: it may be muted or acknowledged, and that may end.
    if (at === null && !isFiring(member.life)) done.push(member.alertId);
  }
  return { tell: null, nextAt, told: new Map(), done };
}
