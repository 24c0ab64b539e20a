import { ALERT_SEVERITIES, type AlertResolution, type AlertState } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import type { Destination } from '../routing/match-routes.js';
import type { Member, MemberLife, Told } from './member.js';

export interface Group {
  readonly id: string;
  readonly tenantId: string;
  readonly channelId: string;
  /** Null: the default route. */
  readonly routeId: string | null;
  readonly groupKey: string;
  readonly lastNotifiedAt: number | null;
  readonly nextAt: number | null;
}

export interface Membership {
  readonly alertId: string;
  readonly channelId: string;
  readonly groupId: string;
  readonly since: number;
  readonly told: Told | null;
}

interface GroupRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly channel_id: string;
  readonly route_id: string;
  readonly group_key: string;
  readonly last_notified_at: Date | null;
  readonly next_at: Date | null;
}

interface MembershipRow {
  readonly alert_id: string;
  readonly channel_id: string;
  readonly group_id: string;
  readonly since: Date;
  readonly told_opening: number | null;
  readonly told_firing: boolean | null;
  readonly told_severity: number | null;
  readonly told_at: Date | null;
}

interface MemberRow extends MembershipRow {
  readonly state: AlertState;
  readonly severity: number;
  readonly openings: number;
  readonly muted_until: Date | null;
  readonly resolution: AlertResolution | null;
  readonly was_acknowledged: boolean;
}

const GROUP = 'id, tenant_id, channel_id, route_id, group_key, last_notified_at, next_at';
const MEMBERSHIP = 'alert_id, channel_id, group_id, since, told_opening, told_firing, told_severity, told_at';
/** Groups are locked in one order wherever several are. */
const ORDER = 'tenant_id, channel_id, route_id, group_key';
/** Later than this, a time that was written down is one of a clock that went back. */
export const CLOCK_TOLERANCE_MS = 60_000;

const iso = (at: number) => new Date(at).toISOString();

/** `notification.groups` and `notification.group_members`. */
export const groupStore = {
  /** The groups of these destinations, made where they are missing, locked. */
  async open(
    session: SqlSession,
    wanted: readonly (Destination & { readonly tenantId: string; readonly id: string })[],
    now: number,
  ): Promise<Group[]> {
    if (wanted.length === 0) return [];
    const rows = await session.query<GroupRow>(
      // What is there already has to be locked, hence an update that changes nothing.
      `insert into notification.groups (id, tenant_id, channel_id, route_id, group_key, planned_at)
       select id, tenant_id, channel_id, route_id, group_key, $6
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
         as wanted (id, tenant_id, channel_id, route_id, group_key) order by ${ORDER}
       on conflict on constraint groups_identity do update set group_key = excluded.group_key
       returning ${GROUP}`,
      [
        wanted.map(({ id }) => id),
        wanted.map(({ tenantId }) => tenantId),
        wanted.map(({ channelId }) => channelId),
        wanted.map(({ routeId }) => routeId ?? ''),
        wanted.map(({ groupKey }) => groupKey),
        iso(now),
      ],
    );
    return rows.map(groupOf);
  },

  async lock(session: SqlSession, ids: readonly string[]): Promise<Group[]> {
    if (ids.length === 0) return [];
    const rows = await session.query<GroupRow>(
      `select ${GROUP} from notification.groups where id = any($1::uuid[]) order by ${ORDER} for update`,
      [ids],
    );
    return rows.map(groupOf);
  },

  /** Groups by id, with how many alerts are in them. */
  async find(session: SqlSession, ids: readonly string[]): Promise<Map<string, Group & { size: number }>> {
    const rows = await session.query<GroupRow & { size: string }>(
      `select ${GROUP}, (select count(*) from notification.group_members where group_id = groups.id) as size
       from notification.groups where id = any($1::uuid[])`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, { ...groupOf(row), size: Number(row.size) }]));
  },

  async memberships(session: SqlSession, alertIds: readonly string[]): Promise<Membership[]> {
    const rows = await session.query<MembershipRow>(
      `select ${MEMBERSHIP} from notification.group_members where alert_id = any($1::uuid[])`,
      [alertIds],
    );
    return rows.map(membershipOf);
  },

  /** Puts alerts into groups; one that was in another group of the channel leaves it and keeps what was told of it. */
  async enter(
    session: SqlSession,
    entries: readonly {
      readonly alertId: string;
      readonly channelId: string;
      readonly groupId: string;
      readonly since: number;
    }[],
  ): Promise<void> {
    if (entries.length === 0) return;
    await session.query(
      `insert into notification.group_members (alert_id, channel_id, group_id, since)
       select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[])
       on conflict (alert_id, channel_id) do update set group_id = excluded.group_id, since = excluded.since`,
      [
        entries.map(({ alertId }) => alertId),
        entries.map(({ channelId }) => channelId),
        entries.map(({ groupId }) => groupId),
        entries.map(({ since }) => iso(since)),
      ],
    );
  },

  async leave(
    session: SqlSession,
    entries: readonly { readonly alertId: string; readonly channelId: string }[],
  ): Promise<void> {
    if (entries.length === 0) return;
    await session.query(
      `delete from notification.group_members
       where (alert_id, channel_id) in (select * from unnest($1::uuid[], $2::text[]))`,
      [entries.map(({ alertId }) => alertId), entries.map(({ channelId }) => channelId)],
    );
  },

  /** Looks at groups at these times, unless they are looked at earlier anyway. */
  async hasten(
    session: SqlSession,
    dues: readonly { readonly groupId: string; readonly at: number }[],
    now: number,
  ): Promise<void> {
    if (dues.length === 0) return;
    await session.query(
      // Worked out by a clock that went back: to be worked out anew.
      `update notification.groups
       set next_at = case when planned_at > $4 then $3 else least(next_at, due.at) end, planned_at = $3
       from unnest($1::uuid[], $2::timestamptz[]) as due (id, at) where groups.id = due.id`,
      [
        dues.map(({ groupId }) => groupId),
        dues.map(({ at }) => iso(at)),
        iso(now),
        iso(now + CLOCK_TOLERANCE_MS),
      ],
    );
  },

  /** Channels with groups that are due, in any order, so that none that fails stands before others for long. */
  async dueChannels(
    session: SqlSession,
    now: number,
    limit: number,
  ): Promise<{ tenantId: string; channelId: string }[]> {
    const rows = await session.query<{ tenant_id: string; channel_id: string }>(
      `select tenant_id, channel_id from notification.groups
       where next_at is not null and (next_at <= $1 or planned_at > $2)
       group by tenant_id, channel_id order by random() limit $3`,
      [iso(now), iso(now + CLOCK_TOLERANCE_MS), limit],
    );
    return rows.map((row) => ({ tenantId: row.tenant_id, channelId: row.channel_id }));
  },

  /** Groups of a channel that are due, locked; those somebody is changing are left for later. */
  async lockDue(
    session: SqlSession,
    channel: { readonly tenantId: string; readonly channelId: string },
    now: number,
    limit: number,
  ): Promise<Group[]> {
    const rows = await session.query<GroupRow>(
      `select ${GROUP} from notification.groups
       where tenant_id = $1 and channel_id = $2 and next_at is not null and (next_at <= $3 or planned_at > $4)
       order by next_at limit $5 for update skip locked`,
      [channel.tenantId, channel.channelId, iso(now), iso(now + CLOCK_TOLERANCE_MS), limit],
    );
    return rows.map(groupOf);
  },

  /** Takes times in the future for now, for good: a clock that went back does not count on from them. */
  async settleClock(session: SqlSession, groupIds: readonly string[], now: number): Promise<void> {
    await session.query(
      `update notification.group_members set since = least(since, $2), told_at = least(told_at, $2)
       where group_id = any($1::uuid[]) and (since > $2 or told_at > $2)`,
      [groupIds, iso(now)],
    );
  },

  /** Members of groups with the life of their alerts, by group. */
  async members(session: SqlSession, groupIds: readonly string[]): Promise<Map<string, Member[]>> {
    const rows = await session.query<MemberRow>(
      `select ${MEMBERSHIP}, state, severity, openings, muted_until, resolution, was_acknowledged
       from notification.group_members join notification.alerts on alerts.id = alert_id
       where group_id = any($1::uuid[])`,
      [groupIds],
    );
    const members = new Map<string, Member[]>(groupIds.map((id) => [id, []]));
    for (const row of rows) {
      const { alertId, since, told } = membershipOf(row);
      members.get(row.group_id)?.push({ alertId, since, told, life: lifeOf(row) });
    }
    return members;
  },

  async remember(session: SqlSession, channelId: string, told: ReadonlyMap<string, Told>): Promise<void> {
    if (told.size === 0) return;
    const values = [...told.values()];
    await session.query(
      `update notification.group_members
       set told_opening = told.opening, told_firing = told.firing, told_severity = told.severity, told_at = told.at
       from unnest($2::uuid[], $3::integer[], $4::boolean[], $5::smallint[], $6::timestamptz[])
         as told (alert_id, opening, firing, severity, at)
       where channel_id = $1 and group_members.alert_id = told.alert_id`,
      [
        channelId,
        [...told.keys()],
        values.map(({ opening }) => opening),
        values.map(({ firing }) => firing),
        values.map(({ severity }) => ALERT_SEVERITIES.indexOf(severity)),
        values.map(({ at }) => iso(at)),
      ],
    );
  },

  async reschedule(
    session: SqlSession,
    groups: readonly {
      readonly id: string;
      readonly lastNotifiedAt: number | null;
      readonly nextAt: number | null;
    }[],
    now: number,
  ): Promise<void> {
    if (groups.length === 0) return;
    const time = (at: number | null) => (at === null ? null : iso(at));
    await session.query(
      `update notification.groups
       set last_notified_at = planned.last_notified_at, next_at = planned.next_at, planned_at = $4
       from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as planned (id, last_notified_at, next_at)
       where groups.id = planned.id`,
      [
        groups.map(({ id }) => id),
        groups.map(({ lastNotifiedAt }) => time(lastNotifiedAt)),
        groups.map(({ nextAt }) => time(nextAt)),
        iso(now),
      ],
    );
  },

  /** Removes groups nothing is in any more, out of those given or out of all. */
  async dropEmpty(session: SqlSession, ids: readonly string[] | null): Promise<void> {
    await session.query(
      `delete from notification.groups where id in (
         select id from notification.groups
         where ($1::uuid[] is null or id = any($1)) and not exists (
           select 1 from notification.group_members where group_id = groups.id)
         limit 1000 for update skip locked)`,
      [ids],
    );
  },
};

function groupOf(row: GroupRow): Group {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    channelId: row.channel_id,
    routeId: row.route_id === '' ? null : row.route_id,
    groupKey: row.group_key,
    lastNotifiedAt: row.last_notified_at?.getTime() ?? null,
    nextAt: row.next_at?.getTime() ?? null,
  };
}

function membershipOf(row: MembershipRow): Membership {
  const { told_opening: opening, told_firing: firing, told_severity: severity, told_at: at } = row;
  return {
    alertId: row.alert_id,
    channelId: row.channel_id,
    groupId: row.group_id,
    since: row.since.getTime(),
    told:
      opening === null || firing === null || severity === null || at === null
        ? null
        : { opening, firing, severity: ALERT_SEVERITIES[severity]!, at: at.getTime() },
  };
}

function lifeOf(row: MemberRow): MemberLife {
  return {
    state: row.state,
    severity: ALERT_SEVERITIES[row.severity]!,
    openings: row.openings,
    wasAcknowledged: row.was_acknowledged,
    resolution: row.resolution,
    mutedUntil: row.muted_until?.getTime() ?? null,
  };
}
