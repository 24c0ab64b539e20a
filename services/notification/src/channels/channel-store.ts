import type { ChannelType } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import type { Sealed } from '@portcullis/service';
import type { ChannelHealth, ChannelRecord } from './channel-record.js';

interface ChannelRow {
  id: string;
  tenant_id: string;
  name: string;
  type: ChannelType;
  enabled: boolean;
  settings: Record<string, unknown>;
  secret: Buffer | null;
  secret_key_id: string | null;
  previous_secret: Buffer | null;
  previous_secret_key_id: string | null;
  previous_until: Date | null;
  secret_rotated_at: Date | null;
  failures: number;
  failing_since: Date | null;
  last_delivered_at: Date | null;
  last_failed_at: Date | null;
  last_error: string | null;
  retry_at: Date | null;
  stopped: boolean;
  failure_told_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `notification.channels`. What was deleted stays as a name in the history of deliveries, without its secrets. */
export const channelStore = {
  async find(session: SqlSession, tenantId: string, id: string, lock = false): Promise<ChannelRecord | null> {
    if (!UUID.test(id)) return null;
    const rows = await session.query<ChannelRow>(
      `select * from notification.channels where tenant_id = $1 and id = $2 and deleted_at is null ${lock ? 'for update' : ''}`,
      [tenantId, id],
    );
    return rows[0] === undefined ? null : recordOf(rows[0]);
  },

  /** In the order they were made; `after` is the id of the last one seen. One more than the limit, to see if there are more. */
  async page(
    session: SqlSession,
    tenantId: string,
    after: string | null,
    limit: number,
  ): Promise<ChannelRecord[]> {
    const rows = await session.query<ChannelRow>(
      `select * from notification.channels where tenant_id = $1 and deleted_at is null and ($2::uuid is null or id > $2)
       order by id limit $3`,
      [tenantId, after, limit + 1],
    );
    return rows.map(recordOf);
  },

  async among(session: SqlSession, tenantId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const known = ids.filter((id) => UUID.test(id));
    const rows = await session.query<{ id: string }>(
      'select id from notification.channels where tenant_id = $1 and id = any($2::uuid[]) and deleted_at is null',
      [tenantId, known],
    );
    return new Set(rows.map(({ id }) => id));
  },

  /** Until the end of the transaction nobody else adds a channel to the organization: a limit counts what is there. */
  async holdLimit(session: SqlSession, tenantId: string): Promise<void> {
    await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `notification.channels:${tenantId}`,
    ]);
  },

  async count(session: SqlSession, tenantId: string): Promise<number> {
    const [row] = await session.query<{ count: string }>(
      'select count(*) as count from notification.channels where tenant_id = $1 and deleted_at is null',
      [tenantId],
    );
    return Number(row?.count ?? 0);
  },

  async save(session: SqlSession, channel: ChannelRecord): Promise<void> {
    const { health } = channel;
    await session.query(
      `insert into notification.channels (id, tenant_id, name, type, enabled, settings, secret, secret_key_id,
         previous_secret, previous_secret_key_id, previous_until, secret_rotated_at, failures, failing_since,
         last_delivered_at, last_failed_at, last_error, retry_at, stopped, failure_told_at, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
       on conflict (id) do update set name = excluded.name, enabled = excluded.enabled, settings = excluded.settings,
         secret = excluded.secret, secret_key_id = excluded.secret_key_id, previous_secret = excluded.previous_secret,
         previous_secret_key_id = excluded.previous_secret_key_id, previous_until = excluded.previous_until,
         secret_rotated_at = excluded.secret_rotated_at, failures = excluded.failures,
         failing_since = excluded.failing_since, last_delivered_at = excluded.last_delivered_at,
         last_failed_at = excluded.last_failed_at, last_error = excluded.last_error, retry_at = excluded.retry_at,
         stopped = excluded.stopped, failure_told_at = excluded.failure_told_at, updated_at = excluded.updated_at`,
      [
        channel.id,
        channel.tenantId,
        channel.name,
        channel.type,
        channel.enabled,
        JSON.stringify(channel.settings),
        channel.secret?.bytes ?? null,
        channel.secret?.keyId ?? null,
        channel.previousSecret?.bytes ?? null,
        channel.previousSecret?.keyId ?? null,
        channel.previousUntil,
        channel.secretRotatedAt,
        health.failures,
        health.failingSince,
        health.lastDeliveredAt,
        health.lastFailedAt,
        health.lastError,
        health.retryAt,
        health.stopped,
        health.failureToldAt,
        channel.createdAt,
        channel.updatedAt,
      ],
    );
  },

  async saveHealth(session: SqlSession, id: string, health: ChannelHealth): Promise<void> {
    await session.query(
      `update notification.channels set failures = $2, failing_since = $3, last_delivered_at = $4, last_failed_at = $5,
         last_error = $6, retry_at = $7, stopped = $8, failure_told_at = $9 where id = $1`,
      [
        id,
        health.failures,
        health.failingSince,
        health.lastDeliveredAt,
        health.lastFailedAt,
        health.lastError,
        health.retryAt,
        health.stopped,
        health.failureToldAt,
      ],
    );
  },

  async remove(session: SqlSession, id: string, now: Date): Promise<void> {
    await session.query(
      `update notification.channels set deleted_at = $2, enabled = false, secret = null, secret_key_id = null,
         previous_secret = null, previous_secret_key_id = null where id = $1`,
      [id, now],
    );
  },

  /** Another channel of the organization, one that works before one that fails: for telling that this one does not. */
  async otherThan(session: SqlSession, tenantId: string, id: string): Promise<string | null> {
    const [row] = await session.query<{ id: string }>(
      `select id from notification.channels where tenant_id = $1 and id <> $2 and deleted_at is null and enabled
         and not stopped order by failures > 0, last_delivered_at desc nulls last, id limit 1`,
      [tenantId, id],
    );
    return row?.id ?? null;
  },

  /** Secrets that were rotated away and are past their day. */
  async dropPreviousSecrets(session: SqlSession, now: Date): Promise<void> {
    await session.query(
      `update notification.channels set previous_secret = null, previous_secret_key_id = null, previous_until = null
       where previous_until <= $1`,
      [now],
    );
  },
};

function recordOf(row: ChannelRow): ChannelRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    type: row.type,
    enabled: row.enabled,
    settings: row.settings,
    secret: sealed(row.secret, row.secret_key_id),
    previousSecret: sealed(row.previous_secret, row.previous_secret_key_id),
    previousUntil: row.previous_until,
    secretRotatedAt: row.secret_rotated_at,
    health: {
      failures: row.failures,
      failingSince: row.failing_since,
      lastDeliveredAt: row.last_delivered_at,
      lastFailedAt: row.last_failed_at,
      lastError: row.last_error,
      retryAt: row.retry_at,
      stopped: row.stopped,
      failureToldAt: row.failure_told_at,
    },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function sealed(bytes: Buffer | null, keyId: string | null): Sealed | null {
  return bytes === null || keyId === null ? null : { bytes, keyId };
}
