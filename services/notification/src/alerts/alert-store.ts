import type { AlertSeverity } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import type { Alert } from './alert.js';
import { isFiring } from './alert.js';
import { severityRank } from './severity.js';

export interface AlertName {
  readonly tenantId: string;
  readonly dedupKey: string;
}

export interface AlertFilter {
  readonly states?: readonly string[] | null | undefined;
  readonly severities?: readonly AlertSeverity[] | null | undefined;
  readonly kinds?: readonly string[] | null | undefined;
  readonly connection?: string | null | undefined;
}

interface Row {
  readonly body: Alert;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `notification.alerts`. Whoever locks several locks them in one order: by organization and dedup key. */
export const alertStore = {
  async lockByName(session: SqlSession, names: readonly AlertName[]): Promise<Alert[]> {
    const rows = await session.query<Row>(
      `select body from notification.alerts
       where (tenant_id, dedup_key) in (select * from unnest($1::text[], $2::text[]))
       order by tenant_id, dedup_key for update`,
      [names.map(({ tenantId }) => tenantId), names.map(({ dedupKey }) => dedupKey)],
    );
    return rows.map(({ body }) => body);
  },

  async lock(session: SqlSession, tenantId: string, id: string): Promise<Alert | undefined> {
    if (!UUID.test(id)) return undefined;
    const [row] = await session.query<Row>(
      'select body from notification.alerts where tenant_id = $1 and id = $2 for update',
      [tenantId, id],
    );
    return row?.body;
  },

  async find(session: SqlSession, tenantId: string, id: string): Promise<Alert | undefined> {
    if (!UUID.test(id)) return undefined;
    const [row] = await session.query<Row>(
      'select body from notification.alerts where tenant_id = $1 and id = $2',
      [tenantId, id],
    );
    return row?.body;
  },

  /** Those of an organization, in the order asked for; what is gone is left out. */
  async findAll(session: SqlSession, tenantId: string, ids: readonly string[]): Promise<Alert[]> {
    if (ids.length === 0) return [];
    const rows = await session.query<Row>(
      `select body from unnest($2::uuid[]) with ordinality as wanted (id, place)
       join notification.alerts using (id) where tenant_id = $1 order by place`,
      [tenantId, ids],
    );
    return rows.map(({ body }) => body);
  },

  /** Latest seen first, one more than the limit. */
  async page(
    session: SqlSession,
    tenantId: string,
    filter: AlertFilter,
    after: { readonly lastSeenAt: number; readonly id: string } | null,
    limit: number,
  ): Promise<Alert[]> {
    const rows = await session.query<Row>(
      `select body from notification.alerts
       where tenant_id = $1
         and ($2::text[] is null or state = any($2)) and ($3::smallint[] is null or severity = any($3))
         and ($4::text[] is null or kind = any($4)) and ($5::text is null or connection = $5)
         and ($6::text is null or (last_seen_at, id) < ($6::timestamptz, $7::uuid))
       order by last_seen_at desc, id desc limit $8`,
      [
        tenantId,
        filter.states ?? null,
        filter.severities?.map(severityRank) ?? null,
        filter.kinds ?? null,
        filter.connection ?? null,
        after && new Date(after.lastSeenAt).toISOString(),
        after?.id ?? null,
        limit + 1,
      ],
    );
    return rows.map(({ body }) => body);
  },

  /** How many of an organization fire, counted up to a limit. */
  async countFiring(session: SqlSession, tenantId: string, limit: number): Promise<number> {
    const [row] = await session.query<{ count: string }>(
      `select count(*) from (
         select 1 from notification.alerts where tenant_id = $1 and state <> 'resolved' limit $2) as firing`,
      [tenantId, limit],
    );
    return Number(row?.count ?? 0);
  },

  /** Firing alerts in the order of their ids, locked. */
  async lockFiringAfter(session: SqlSession, tenantId: string, id: string, limit: number): Promise<Alert[]> {
    const rows = await session.query<Row>(
      `select body from notification.alerts where tenant_id = $1 and id > $2 and state <> 'resolved'
       order by id limit $3 for update`,
      [tenantId, id, limit],
    );
    return rows.map(({ body }) => body);
  },

  /**
   * Alerts that were quiet long enough, and those whose clock went back; nobody else's turn is taken. Locked.
   */
  async lockQuiet(session: SqlSession, now: number, limit: number): Promise<Alert[]> {
    const rows = await session.query<Row>(
      `select body from notification.alerts
       where quiet_at is not null and (quiet_at <= $1 or heard_at > $1::timestamptz + interval '1 minute')
       order by quiet_at limit $2 for update skip locked`,
      [new Date(now).toISOString(), limit],
    );
    return rows.map(({ body }) => body);
  },

  /** Writes them as they are now; those that are not there yet are added. */
  async save(session: SqlSession, alerts: readonly Alert[]): Promise<void> {
    if (alerts.length === 0) return;
    const rows = alerts.map(columnsOf);
    const column = (name: keyof Columns) => rows.map((row) => row[name]);
    await session.query(
      `insert into notification.alerts (id, tenant_id, dedup_key, kind, severity, state, connection, was_acknowledged, openings,
         resolution, muted_until, quiet_at, heard_at, last_seen_at, body)
       select id, tenant_id, dedup_key, kind, severity, state, connection, was_acknowledged, openings,
         resolution, muted_until, quiet_at, heard_at, last_seen_at, body::json
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::boolean[],
         $9::integer[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
         $15::text[])
         as alert (id, tenant_id, dedup_key, kind, severity, state, connection, was_acknowledged, openings,
           resolution, muted_until, quiet_at, heard_at, last_seen_at, body)
       on conflict (id) do update set severity = excluded.severity, state = excluded.state,
         connection = excluded.connection, was_acknowledged = excluded.was_acknowledged, openings = excluded.openings,
         resolution = excluded.resolution, muted_until = excluded.muted_until, quiet_at = excluded.quiet_at,
         heard_at = excluded.heard_at, last_seen_at = excluded.last_seen_at, body = excluded.body`,
      COLUMNS.map(column),
    );
  },

  /** Removes what was resolved long ago, a bounded number at a time; gives how many. */
  async expire(session: SqlSession, before: number): Promise<number> {
    const rows = await session.query(
      `with expired as (
         select id from notification.alerts where state = 'resolved' and heard_at < $1 order by heard_at limit 500
         for update skip locked
       ), forgotten as (
         delete from notification.group_members where alert_id in (select id from expired)
       )
       delete from notification.alerts where id in (select id from expired) returning 1`,
      [new Date(before).toISOString()],
    );
    return rows.length;
  },
};

const COLUMNS = [
  'id',
  'tenantId',
  'dedupKey',
  'kind',
  'severity',
  'state',
  'connection',
  'wasAcknowledged',
  'openings',
  'resolution',
  'mutedUntil',
  'quietAt',
  'heardAt',
  'lastSeenAt',
  'body',
] as const;
type Columns = ReturnType<typeof columnsOf>;

function columnsOf(alert: Alert) {
  const { lifecycle, subject } = alert;
  const time = (at: number | null) => at && new Date(at).toISOString();
  return {
    id: alert.id,
    tenantId: alert.tenantId,
    dedupKey: alert.dedupKey,
    kind: alert.kind,
    severity: severityRank(lifecycle.severity),
    state: lifecycle.state,
    connection: subject.connection?.slug ?? null,
    wasAcknowledged: lifecycle.acknowledged !== null,
    openings: lifecycle.openings,
    resolution: isFiring(lifecycle) ? null : (lifecycle.resolved?.how ?? null),
    mutedUntil: time(lifecycle.mutedUntil),
    quietAt: time(alert.quietAt),
    heardAt: time(alert.heardAt),
    lastSeenAt: time(alert.lastSeenAt),
    body: JSON.stringify(alert),
  };
}
