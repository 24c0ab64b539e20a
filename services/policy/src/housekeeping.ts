import type { SqlSession } from '@portcullis/postgres';
import type { Idempotency } from './commands/idempotency.js';

export const HOUSEKEEPING_MS = 10 * 60_000;

/** Removes what is no longer needed, so that no table grows for ever. Any number of replicas may do it at once. */
export async function keepHouse(database: SqlSession, idempotency: Idempotency): Promise<void> {
  while ((await idempotency.expire(database)) > 0);
  // The log holds calls for 7 days: nothing older comes again.
  await database.query(`delete from policy.counted_calls where counted_at < now() - interval '8 days'`);
  await database.query(`delete from policy.replicas where reported_at < now() - interval '1 hour'`);
  // What they did stays in the audit trail.
  await database.query(
    `delete from policy.agent_sessions where completed_at is not null and last_seen_at < now() - interval '90 days'`,
  );
}
