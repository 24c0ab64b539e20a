import { createHash } from 'node:crypto';
import type { Actor, Command } from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import type { SqlSession } from '@portcullis/postgres';
import type { SecretBox } from '@portcullis/service';

export interface IdempotentRequest {
  readonly tenantId: string;
  readonly key: string;
  readonly actor: Actor;
  readonly command: Command;
}

export interface StoredAnswer {
  readonly data: unknown;
  readonly position: number;
}

/**
 * The first answer to a key again, for 24 hours. A key belongs to its organization, its caller and its command; with
 * another command or from another caller it is refused. Refused commands are not remembered: nothing happened.
 */
export class Idempotency {
  constructor(private readonly box: SecretBox) {}

  /** Waits for a duplicate under way, then gives its answer; null when this one is the first. */
  async find(session: SqlSession, request: IdempotentRequest): Promise<StoredAnswer | null> {
    await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `portcullis.idempotency.${request.tenantId}.${request.key}`,
    ]);
    const [row] = await session.query<{ command_hash: string; answer: Buffer; answer_sealed_with: string }>(
      `select command_hash, answer, answer_sealed_with from policy.idempotency_keys
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
    const answer = this.box.open({ keyId: row.answer_sealed_with, bytes: row.answer }, contextOf(request));
    return JSON.parse(answer) as StoredAnswer;
  }

  async remember(session: SqlSession, request: IdempotentRequest, answer: StoredAnswer): Promise<void> {
    const sealed = this.box.seal(JSON.stringify(answer), contextOf(request));
    await session.query(
      `insert into policy.idempotency_keys (tenant_id, key, command_hash, answer, answer_sealed_with) values ($1, $2, $3, $4, $5)
       on conflict (tenant_id, key) do update set command_hash = excluded.command_hash, answer = excluded.answer,
         answer_sealed_with = excluded.answer_sealed_with, created_at = now()`,
      [request.tenantId, request.key, hashOf(request), sealed.bytes, sealed.keyId],
    );
  }

  /** Removes what is past its day, a bounded number at a time; gives how many. */
  async expire(session: SqlSession): Promise<number> {
    const rows = await session.query(
      `delete from policy.idempotency_keys where (tenant_id, key) in (
         select tenant_id, key from policy.idempotency_keys where created_at <= now() - interval '24 hours' limit 1000
       ) returning 1`,
    );
    return rows.length;
  }
}

/** The schema has put the command's keys in its own order, so equal commands have equal text. */
function hashOf({ actor, command }: IdempotentRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([actor.type, actor.id, command]))
    .digest('hex');
}

function contextOf({ tenantId, key }: IdempotentRequest): string {
  return `idempotency|${tenantId}|${key}`;
}
