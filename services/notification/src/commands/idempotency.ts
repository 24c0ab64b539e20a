import { createHash } from 'node:crypto';
import type { Actor, NotificationCommand } from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import type { SqlSession } from '@portcullis/postgres';

export interface IdempotentRequest {
  readonly tenantId: string;
  readonly key: string;
  readonly actor: Actor;
  readonly command: NotificationCommand;
}

/**
 * The first answer to a key again, for 24 hours. A key belongs to its organization, its caller and its command; with
 * another command or from another caller it is refused. Refused commands are not remembered: nothing happened.
 */
export const idempotency = {
  /** Waits for a duplicate under way, then gives its answer; null when this one is the first. */
  async find(session: SqlSession, request: IdempotentRequest): Promise<{ data: unknown } | null> {
    await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `portcullis.notification.idempotency.${request.tenantId}.${request.key}`,
    ]);
    const [row] = await session.query<{ command_hash: string; answer: unknown }>(
      `select command_hash, answer from notification.idempotency_keys
       where tenant_id = $1 and key = $2 and created_at > now() - interval '24 hours'`,
      [request.tenantId, request.key],
    );
    if (!row) return null;
    if (row.command_hash !== hashOf(request)) {
      throw new Rejection(
        'idempotency.key_reused',
        'conflict',
        'This Idempotency-Key was used for another request.',
      );
    }
    return { data: row.answer };
  },

  async remember(session: SqlSession, request: IdempotentRequest, data: unknown): Promise<void> {
    await session.query(
      `insert into notification.idempotency_keys (tenant_id, key, command_hash, answer)
       values ($1, $2, $3, $4)
       on conflict (tenant_id, key) do update
         set command_hash = excluded.command_hash, answer = excluded.answer, created_at = now()`,
      [request.tenantId, request.key, hashOf(request), JSON.stringify(data ?? null)],
    );
  },

  /** Removes what is past its day, a bounded number at a time. */
  async expire(session: SqlSession): Promise<void> {
    await session.query(
      `delete from notification.idempotency_keys where (tenant_id, key) in (
         select tenant_id, key from notification.idempotency_keys
         where created_at <= now() - interval '24 hours' limit 1000)`,
    );
  },
};

/** The schema has put the command's keys in its own order, so equal commands have equal text. */
function hashOf({ actor, command }: IdempotentRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([actor.type, actor.id, command]))
    .digest('hex');
}
