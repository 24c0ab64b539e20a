import type { GroupPlan } from './plan-group.js';
import type { Group } from './group-store.js';
import { stormVerdict, type StormBucket, type StormLimits } from './storm-guard.js';
import type { Member, Told } from './member.js';

/** A group that was looked at. */
export interface PlannedGroup {
  readonly group: Group;
  readonly plan: GroupPlan;
}

/** One notification to make: of one group, or of several when there would be too many. */
export interface DueNotification {
  readonly kind: 'firing' | 'resolved';
  readonly groups: readonly Group[];
  readonly members: readonly Member[];
}

export interface ChannelPass {
  readonly notifications: readonly DueNotification[];
  readonly groups: readonly {
    readonly id: string;
    readonly lastNotifiedAt: number | null;
    readonly nextAt: number | null;
  }[];
  readonly told: ReadonlyMap<string, Told>;
  /** Alerts that leave their groups. */
  readonly done: readonly string[];
  readonly bucket: StormBucket;
}

/**
 * What becomes of the groups of one channel that were looked at: each due one is told of, or all of them in one digest, or
 * none before there is a token again. Critical news has tokens of its own.
 */
export function dueNotifications(
  planned: readonly PlannedGroup[],
  bucket: StormBucket,
  limits: StormLimits,
  now: number,
): ChannelPass {
  const due = planned.filter(({ plan }) => plan.tell !== null);
  const critical = due.filter(({ plan }) => plan.tell?.critical);
  const normal = due.filter(({ plan }) => !plan.tell?.critical);
  const urgent = stormVerdict(critical.length, bucket.criticalTokens, limits.critical, now);
  const other = stormVerdict(normal.length, bucket.tokens, limits.normal, now);
  const told = [...(urgent.kind === 'later' ? [] : critical), ...(other.kind === 'later' ? [] : normal)];
  const toldGroups = new Set(told.map(({ group }) => group.id));
  const later = (one: PlannedGroup) => {
    if (one.plan.tell === null || toldGroups.has(one.group.id)) return null;
    return one.plan.tell.critical ? urgent : other;
  };
  return {
    notifications: [...notificationsOf(critical, urgent.kind), ...notificationsOf(normal, other.kind)],
    groups: planned.map((one) => {
      const { group, plan } = one;
      const waits = later(one);
      if (waits?.kind === 'later') return { ...group, nextAt: waits.at };
      return {
        id: group.id,
        lastNotifiedAt: plan.tell === null ? group.lastNotifiedAt : now,
        nextAt: plan.nextAt,
      };
    }),
    told: new Map(told.flatMap(({ plan }) => [...plan.told])),
    done: planned.flatMap((one) => (later(one)?.kind === 'later' ? [] : one.plan.done)),
    bucket: {
      tokens: bucket.tokens - cost(normal.length, other.kind),
      criticalTokens: bucket.criticalTokens - cost(critical.length, urgent.kind),
      filledAt: bucket.filledAt,
    },
  };
}

function notificationsOf(due: readonly PlannedGroup[], how: 'each' | 'digest' | 'later'): DueNotification[] {
  if (how === 'later' || due.length === 0) return [];
  const each = due.map(({ group, plan }) => ({
    kind: plan.tell!.kind,
    groups: [group],
    members: plan.tell!.members,
  }));
  if (how === 'each') return each;
  return [
    {
      kind: each.some(({ kind }) => kind === 'firing') ? 'firing' : 'resolved',
      groups: each.flatMap(({ groups }) => groups),
      members: each.flatMap(({ members }) => members),
    },
  ];
}

function cost(due: number, how: 'each' | 'digest' | 'later'): number {
  if (how === 'later' || due === 0) return 0;
  return how === 'each' ? due : 1;
}
