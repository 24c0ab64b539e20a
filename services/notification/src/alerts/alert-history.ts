import { actorSchema, type AlertState, type AlertTransition } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import { alertStream } from './alert-facts.js';

const HISTORY_LIMIT = 200;

interface Row {
  readonly type: string;
  readonly occurred_at: string;
  readonly actor: unknown;
  readonly data: { readonly state: AlertState; readonly note?: string | null; readonly until?: string };
}

/** What happened to an alert, latest first: its published events. */
export async function alertHistory(session: SqlSession, alertId: string): Promise<AlertTransition[]> {
  const rows = await session.query<Row>(
    `select type, occurred_at, actor, data from notification.events where stream = $1
     order by position desc limit $2`,
    [alertStream(alertId), HISTORY_LIMIT],
  );
  return rows.map(({ type, occurred_at: at, actor, data }) => ({
    type,
    at,
    actor: actorSchema.parse(actor),
    note: data.note ?? null,
    state: data.state,
    mutedUntil: data.until ?? null,
  }));
}
