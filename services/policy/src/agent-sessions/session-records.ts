import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogBatch } from '@portcullis/eventlog';
import type { Database, SqlSession } from '@portcullis/postgres';
import type { ApiKeyUsage } from '../api-keys/api-key-usage.js';
import { callRecordOf, type CallRecord } from './call-record.js';

export interface SessionRecordsOptions {
  readonly database: Pick<Database, 'transaction'>;
  readonly usage: ApiKeyUsage;
  /** Told of records nobody could read; they are passed over. */
  readonly onUnreadable?: (
    error: unknown,
    record: { topic: string; partition: number; offset: bigint },
  ) => void;
}

/** Read in about a millisecond. Calls are decided in the same thread, and must not wait for a whole batch. */
const SLICE_RECORDS = 40;

interface SessionUse {
  readonly id: string;
  readonly tenantId: string;
  readonly connection: { readonly id: string; readonly slug: string };
  readonly key: { readonly id: string; readonly label: string; readonly agent: string | null };
  user: string | null;
  lastTool: string | null;
  calls: number;
  first: Date;
  last: Date;
}

/**
 * Derives `policy.agent_sessions` and the last use of keys from the call topic. A batch is taken in one transaction; what
 * comes again is counted once, by the sequence numbers of the gateway process it came from: within a partition a
 * process's numbers rise, save for what is repeated.
 */
export class SessionRecords {
  constructor(private readonly options: SessionRecordsOptions) {}

  async take(batch: LogBatch): Promise<void> {
    const records = await this.read(batch);
    if (records.length === 0) return;
    await this.options.database.transaction(async (session) => {
      const isNew = await takeMarks(session, batch.partition, records);
      await saveSessions(session, usesOf(records, isNew));
      await this.options.usage.record(
        session,
        records.flatMap(({ key, tenantId, at }) => (key ? [{ keyId: key.id, tenantId, at }] : [])),
      );
    });
  }

  private async read(batch: LogBatch): Promise<CallRecord[]> {
    const records: CallRecord[] = [];
    for (const [place, record] of batch.records.entries()) {
      if (place % SLICE_RECORDS === SLICE_RECORDS - 1) await nextTurn();
      try {
        const call = callRecordOf(record);
        if (call) records.push(call);
      } catch (error) {
        // It will never be readable, and the call it tells of is in the audit trail either way.
        const { topic, partition, offset } = record;
        this.options.onUnreadable?.(error, { topic, partition, offset });
      }
    }
    return records;
  }
}

/** Raises the marks of the gateway processes in the batch; says of each record whether it is above its mark. */
async function takeMarks(
  session: SqlSession,
  partition: number,
  records: readonly CallRecord[],
): Promise<(record: CallRecord) => boolean> {
  const processes = new Map<string, { id: string; epoch: string; highest: number }>();
  for (const { gateway } of records) {
    if (!gateway) continue;
    const name = `${gateway.id}|${gateway.epoch}`;
    const known = processes.get(name) ?? { id: gateway.id, epoch: gateway.epoch, highest: -1 };
    processes.set(name, { ...known, highest: Math.max(known.highest, gateway.seq) });
  }
  const sources = [...processes.values()].sort((a, b) =>
    `${a.id}|${a.epoch}` < `${b.id}|${b.epoch}` ? -1 : 1,
  );
  const columns = [partition, sources.map(({ id }) => id), sources.map(({ epoch }) => epoch)];
  // A row must be there to be locked: two consumers of one partition, for a moment, must not both count.
  await session.query(
    `insert into policy.counted_calls (partition, gateway_id, gateway_epoch, seq, counted_at)
     select $1, source.id, source.epoch, -1, clock_timestamp() from unnest($2::text[], $3::text[]) as source (id, epoch)
     on conflict do nothing`,
    columns,
  );
  const marks = await session.query<{ gateway_id: string; gateway_epoch: string; seq: string }>(
    `select gateway_id, gateway_epoch, seq from policy.counted_calls
     where partition = $1 and (gateway_id, gateway_epoch) in (select * from unnest($2::text[], $3::text[]))
     order by gateway_id, gateway_epoch for update`,
    columns,
  );
  await session.query(
    `update policy.counted_calls set seq = greatest(counted_calls.seq, source.seq), counted_at = clock_timestamp()
     from unnest($2::text[], $3::text[], $4::bigint[]) as source (id, epoch, seq)
     where partition = $1 and gateway_id = source.id and gateway_epoch = source.epoch`,
    [...columns, sources.map(({ highest }) => highest)],
  );
  const counted = new Map(
    marks.map((mark) => [`${mark.gateway_id}|${mark.gateway_epoch}`, Number(mark.seq)]),
  );
  return ({ gateway }) => {
    if (!gateway) return false;
    const name = `${gateway.id}|${gateway.epoch}`;
    if (gateway.seq <= (counted.get(name) ?? -1)) return false;
    // Within the batch, too.
    counted.set(name, gateway.seq);
    return true;
  };
}

function usesOf(records: readonly CallRecord[], isNew: (record: CallRecord) => boolean): SessionUse[] {
  const uses = new Map<string, SessionUse>();
  for (const record of records) {
    const fresh = isNew(record);
    const { session: id, tenantId, connection, key, at } = record;
    if (id === null || !connection || !key) continue;
    let use = uses.get(id);
    if (!use)
      uses.set(
        id,
        (use = { id, tenantId, connection, key, user: null, lastTool: null, calls: 0, first: at, last: at }),
      );
    if (fresh && record.isCall) use.calls += 1;
    if (fresh && record.tool !== null) use.lastTool = record.tool;
    if (fresh && record.user !== null) use.user = record.user;
    if (at < use.first) use.first = at;
    if (at > use.last) use.last = at;
  }
  return [...uses.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function saveSessions(session: SqlSession, uses: readonly SessionUse[]): Promise<void> {
  if (uses.length === 0) return;
  const column = (value: (use: SessionUse) => unknown) => uses.map(value);
  await session.query(
    `insert into policy.agent_sessions (id, tenant_id, connection_id, connection_slug, key_id, key_label, key_agent,
       user_name, last_tool, calls, started_at, last_seen_at)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::text[], $10::bigint[], $11::timestamptz[], $12::timestamptz[])
     on conflict (id) do update set
       user_name = coalesce(excluded.user_name, agent_sessions.user_name),
       last_tool = coalesce(excluded.last_tool, agent_sessions.last_tool),
       calls = agent_sessions.calls + excluded.calls,
       started_at = least(agent_sessions.started_at, excluded.started_at),
       last_seen_at = greatest(agent_sessions.last_seen_at, excluded.last_seen_at)
     where agent_sessions.tenant_id = excluded.tenant_id`,
    [
      column((use) => use.id),
      column((use) => use.tenantId),
      column((use) => use.connection.id),
      column((use) => use.connection.slug),
      column((use) => use.key.id),
      column((use) => use.key.label),
      column((use) => use.key.agent),
      column((use) => use.user),
      column((use) => use.lastTool),
      column((use) => use.calls),
      column((use) => use.first.toISOString()),
      column((use) => use.last.toISOString()),
    ],
  );
}
