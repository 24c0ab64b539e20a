import type { ChannelType, DeliveryAttempt, DeliveryRange, DeliveryStatus } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import type { Delivery } from './delivery.js';
import type { Notification } from './notification.js';
import { SENDER_LOCK_CLASS } from './sender-presence.js';

interface DeliveryRow {
  id: string;
  tenant_id: string;
  channel_id: string;
  channel_name: string;
  channel_type: ChannelType;
  notification: Notification;
  status: DeliveryStatus;
  created_at: Date;
  next_attempt_at: Date | null;
  step: number;
  attempt_count: number;
  delivered_at: Date | null;
  claimed_until: Date | null;
}

export interface DeliveryFilter {
  readonly channelId?: string | null | undefined;
  readonly alertId?: string | null | undefined;
  readonly status?: DeliveryStatus | null | undefined;
}

export interface DeliveryPlace {
  readonly createdAt: number;
  readonly id: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ATTEMPTS_SHOWN = 20;
/** Attempts at one channel at a time, and while its circuit is half open. */
const CONCURRENCY = 4;
/**
 * What may be tried now. Nothing waits longer than 29 hours, and no circuit stays open for more than one: whatever is
 * further away was planned by a clock that went back since. A first attempt never waits.
 */
const DUE = `(d.step = 0 or d.next_attempt_at <= $1 or d.next_attempt_at > $1::timestamptz + interval '29 hours')
  and (d.claimed_until is null or d.claimed_until <= clock_timestamp())`;
const CLOSED = `(c.retry_at is null or c.retry_at <= $1 or c.retry_at > $1::timestamptz + interval '1 hour')`;

const SELECT = `select d.*, c.name as channel_name, c.type as channel_type
  from notification.deliveries d join notification.channels c on c.id = d.channel_id`;

/** Samples are made anew, not replayed. */
const DEAD = `d.tenant_id = $1 and d.status = 'dead' and d.kind <> 'test' and d.created_at >= $2 and d.created_at < $3
  and ($4::text is null or d.channel_id::text = $4)`;
const REACHABLE = 'c.enabled and not c.stopped and c.deleted_at is null';

const rangeOf = (tenantId: string, { from, to, channelId }: DeliveryRange) => [
  tenantId,
  new Date(from).toISOString(),
  new Date(to).toISOString(),
  channelId?.toLowerCase() ?? null,
];

/** `notification.deliveries` and their attempts. */
export const deliveryStore = {
  /** Nothing when the channel is none of the organization's, or the notification is queued already. */
  async add(session: SqlSession, notification: Notification, dead: boolean): Promise<void> {
    const { id, tenantId, channelId, kind, groupKey, alerts, omitted, createdAt } = notification;
    if (!UUID.test(channelId)) return;
    await session.query(
      `insert into notification.deliveries (id, tenant_id, channel_id, kind, group_key, notification, alert_ids, omitted,
         status, created_at, next_attempt_at, ended_at)
       select $1, c.tenant_id, c.id, $4, $5, $6, $7, $8, $9, $10, $11, $12
       from notification.channels c where c.tenant_id = $2 and c.id = $3
       on conflict (id) do nothing`,
      [
        id,
        tenantId,
        channelId,
        kind,
        groupKey,
        JSON.stringify(notification),
        alerts.map((alert) => alert.id),
        omitted,
        dead ? 'dead' : 'pending',
        createdAt,
        dead ? null : createdAt,
        dead ? createdAt : null,
      ],
    );
  },

  /**
   * Gives up the claims of senders that are gone (`SenderPresence`), but for what the caller has in hand: its own
   * connection may have been lost while it sends.
   */
  async releaseAbandoned(session: SqlSession, inHand: readonly string[]): Promise<void> {
    await session.query(
      `update notification.deliveries d set claimed_until = null, claimed_by = null
       where d.status in ('pending', 'retrying') and d.claimed_by is not null and d.id <> all($1::uuid[])
         and not exists (
           select from pg_locks l where l.locktype = 'advisory' and l.classid = ${SENDER_LOCK_CLASS}
             and l.objid = d.claimed_by::oid and l.objsubid = 2
             and l.database = (select oid from pg_database where datname = current_database()))`,
      [inHand],
    );
  },

  /**
   * Takes what is due, for `leaseMs` by the database's clock, which all workers have in common: at most four at once for
   * a channel (one while it is tried after a pause), the oldest of each group first, and nothing of a group while an
   * older one of it is still on its way. Two workers never take the same one. Samples wait for nothing: somebody is
   * looking.
   */
  async claim(
    session: SqlSession,
    now: Date,
    { leaseMs, limit, sender }: { leaseMs: number; limit: number; sender: number | null },
  ): Promise<Delivery[]> {
    const candidates = await session.query<{ id: string }>(
      `with taken as (
         select channel_id, count(*) as taken from notification.deliveries
         where status in ('pending', 'retrying') and claimed_until > clock_timestamp() group by channel_id),
       due as (
         select d.id, d.created_at, c.failures, coalesce(t.taken, 0) as taken,
           row_number() over (partition by d.channel_id order by d.kind <> 'test', d.created_at, d.id) as place
         from notification.deliveries d
         join notification.channels c on c.id = d.channel_id
         left join taken t on t.channel_id = d.channel_id
         where d.status in ('pending', 'retrying') and ${DUE}
           and c.enabled and not c.stopped and c.deleted_at is null and (d.kind = 'test' or ${CLOSED})
           and not exists (
             select from notification.deliveries older
             where older.channel_id = d.channel_id and older.group_key = d.group_key
               and older.status in ('pending', 'retrying') and (older.created_at, older.id) < (d.created_at, d.id)))
       select id from due where place <= (case when failures >= 5 then 1 else ${CONCURRENCY} end) - taken
       order by created_at, id limit $2`,
      [now.toISOString(), limit],
    );
    if (candidates.length === 0) return [];
    const claimed = await session.query<{ id: string }>(
      `update notification.deliveries
       set claimed_until = date_trunc('milliseconds', clock_timestamp()) + $3 * interval '1 millisecond', claimed_by = $4
       where id in (
         select d.id from notification.deliveries d where d.id = any($2::uuid[]) and d.status in ('pending', 'retrying')
           and ${DUE} for update skip locked)
       returning id`,
      [now.toISOString(), candidates.map(({ id }) => id), leaseMs, sender],
    );
    const rows = await session.query<DeliveryRow>(
      `${SELECT} where d.id = any($1::uuid[]) order by d.created_at, d.id`,
      [claimed.map(({ id }) => id)],
    );
    return rows.map(deliveryOf);
  },

  /**
   * The end of one attempt. False when the lease is not this worker's any more: somebody else has taken the delivery up, or
   * given it up, and what he says counts.
   */
  async record(
    session: SqlSession,
    delivery: Pick<Delivery, 'id' | 'claimedUntil'>,
    change: {
      readonly attempt: DeliveryAttempt;
      readonly status: DeliveryStatus;
      readonly nextAttemptAt: Date | null;
      readonly now: Date;
    },
  ): Promise<boolean> {
    const { attempt, status, nextAttemptAt, now } = change;
    const [row] = await session.query<{ attempt_count: number }>(
      `update notification.deliveries set status = $2, next_attempt_at = $3, step = step + 1, claimed_until = null, claimed_by = null,
         attempt_count = attempt_count + 1, delivered_at = case when $2 = 'delivered' then $4::timestamptz end,
         ended_at = case when $2 in ('delivered', 'dead') then $4::timestamptz end
       where id = $1 and claimed_until = $5 and status in ('pending', 'retrying') returning attempt_count`,
      [delivery.id, status, nextAttemptAt, now, delivery.claimedUntil],
    );
    if (row === undefined) return false;
    await session.query(
      `insert into notification.delivery_attempts (delivery_id, number, at, ok, status, latency_ms, error, response)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
      [
        delivery.id,
        row.attempt_count,
        attempt.at,
        attempt.ok,
        attempt.status,
        attempt.latencyMs,
        attempt.error,
        attempt.response,
      ],
    );
    return true;
  },

  /** What waits for a channel that works again is tried at once; what nobody will send any more is dead. */
  async hasten(session: SqlSession, channelId: string, now: Date): Promise<void> {
    await session.query(
      `update notification.deliveries set next_attempt_at = $2 where channel_id = $1 and status = 'retrying' and next_attempt_at > $2`,
      [channelId, now],
    );
  },

  async abandon(session: SqlSession, channelId: string, now: Date): Promise<void> {
    await session.query(
      `update notification.deliveries set status = 'dead', next_attempt_at = null, ended_at = $2, claimed_until = null, claimed_by = null
       where channel_id = $1 and status in ('pending', 'retrying')`,
      [channelId, now],
    );
  },

  async find(session: SqlSession, tenantId: string, id: string, lock = false): Promise<Delivery | null> {
    if (!UUID.test(id)) return null;
    const rows = await session.query<DeliveryRow>(
      `${SELECT} where d.tenant_id = $1 and d.id = $2 ${lock ? 'for update of d' : ''}`,
      [tenantId, id],
    );
    return rows[0] === undefined ? null : deliveryOf(rows[0]);
  },

  async replay(session: SqlSession, ids: readonly string[], now: Date): Promise<void> {
    await session.query(
      `update notification.deliveries set status = 'pending', step = 0, next_attempt_at = $2, ended_at = null,
         delivered_at = null, claimed_until = null, claimed_by = null where id = any($1::uuid[])`,
      [ids, now],
    );
  },

  /** Dead ones of a range whose channel may be sent to, the oldest first, locked. */
  async dead(
    session: SqlSession,
    tenantId: string,
    range: DeliveryRange,
    limit: number,
  ): Promise<Delivery[]> {
    const rows = await session.query<DeliveryRow>(
      `${SELECT} where ${DEAD} and ${REACHABLE} order by d.created_at, d.id limit $5 for update of d skip locked`,
      [...rangeOf(tenantId, range), limit],
    );
    return rows.map(deliveryOf);
  },

  async countDead(
    session: SqlSession,
    tenantId: string,
    range: DeliveryRange,
  ): Promise<{ readonly reachable: number; readonly unreachable: number }> {
    const [row] = await session.query<{ reachable: string; unreachable: string }>(
      `select count(*) filter (where ${REACHABLE}) as reachable, count(*) filter (where not (${REACHABLE})) as unreachable
       from notification.deliveries d join notification.channels c on c.id = d.channel_id where ${DEAD}`,
      rangeOf(tenantId, range),
    );
    return { reachable: Number(row?.reachable ?? 0), unreachable: Number(row?.unreachable ?? 0) };
  },

  /** Latest first; one more than the limit, to see if there are more. */
  async page(
    session: SqlSession,
    tenantId: string,
    filter: DeliveryFilter,
    after: DeliveryPlace | null,
    limit: number,
  ): Promise<Delivery[]> {
    const { channelId = null, alertId = null, status = null } = filter;
    if (channelId !== null && !UUID.test(channelId)) return [];
    const rows = await session.query<DeliveryRow>(
      `${SELECT} where d.tenant_id = $1 and ($2::uuid is null or d.channel_id = $2)
         and ($3::text is null or d.alert_ids @> array[$3]) and ($4::text is null or d.status = $4)
         and ($5::timestamptz is null or (d.created_at, d.id) < ($5, $6::uuid))
       order by d.created_at desc, d.id desc limit $7`,
      [
        tenantId,
        channelId,
        alertId,
        status,
        after === null ? null : new Date(after.createdAt),
        after?.id ?? null,
        limit + 1,
      ],
    );
    return rows.map(deliveryOf);
  },

  /** The latest attempts of each, newest first. */
  async attempts(session: SqlSession, ids: readonly string[]): Promise<Map<string, DeliveryAttempt[]>> {
    const rows = await session.query<{
      delivery_id: string;
      at: Date;
      ok: boolean;
      status: number | null;
      latency_ms: number;
      error: string | null;
      response: string | null;
    }>(
      `select a.* from unnest($1::uuid[]) as wanted (id) cross join lateral (
         select * from notification.delivery_attempts where delivery_id = wanted.id order by number desc limit ${ATTEMPTS_SHOWN}) a`,
      [ids],
    );
    const found = new Map<string, DeliveryAttempt[]>();
    for (const { delivery_id: id, at, ok, status, latency_ms: latencyMs, error, response } of rows) {
      const attempt = { at: at.toISOString(), ok, status, latencyMs, error, response };
      found.set(id, [...(found.get(id) ?? []), attempt]);
    }
    return found;
  },

  /** Removes what ended before then, a bounded number at a time. */
  async expire(session: SqlSession, before: Date): Promise<void> {
    await session.query(
      `delete from notification.deliveries where id in (
         select id from notification.deliveries where ended_at < $1 limit 1000)`,
      [before],
    );
  },

  /** By status, for the figures. */
  async waiting(session: SqlSession): Promise<number> {
    const [row] = await session.query<{ count: string }>(
      `select count(*) as count from notification.deliveries where status in ('pending', 'retrying')`,
    );
    return Number(row?.count ?? 0);
  },
};

function deliveryOf(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    channelId: row.channel_id,
    channelName: row.channel_name,
    channelType: row.channel_type,
    notification: row.notification,
    status: row.status,
    createdAt: row.created_at,
    nextAttemptAt: row.next_attempt_at,
    step: row.step,
    attemptCount: row.attempt_count,
    deliveredAt: row.delivered_at,
    claimedUntil: row.claimed_until,
  };
}
