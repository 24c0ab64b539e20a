import type { SessionView } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';

export interface AgentSessionRow {
  readonly id: string;
  readonly tenantId: string;
  readonly connectionId: string;
  readonly keyId: string;
  readonly view: SessionView;
}

interface Row {
  id: string;
  tenant_id: string;
  connection_id: string;
  connection_slug: string;
  key_id: string;
  key_label: string;
  key_agent: string | null;
  user_name: string | null;
  last_tool: string | null;
  calls: string;
  started_at: Date;
  last_seen_at: Date;
  suspended_at: Date | null;
  suspended_reason: string | null;
  completed_at: Date | null;
}

export interface SessionPage {
  readonly status: SessionView['status'] | null;
  readonly limit: number;
  /** Go on after this session. */
  readonly after: { readonly lastSeenAt: string; readonly id: string } | null;
}

/** Whose sessions; all of the organization's when nothing is given. */
export type SessionsOf = Readonly<Partial<Record<'id' | 'connectionId' | 'keyId', string>>>;

const STATUS: Record<SessionView['status'], string> = {
  active: 'suspended_at is null and completed_at is null',
  suspended: 'suspended_at is not null',
  completed: 'completed_at is not null and suspended_at is null',
};

/** `policy.agent_sessions`: what is known of each agent session, derived from the call topic. */
export class AgentSessionTable {
  async find(session: SqlSession, tenantId: string, id: string): Promise<AgentSessionRow | null> {
    const [row] = await session.query<Row>(
      'select * from policy.agent_sessions where tenant_id = $1 and id = $2',
      [tenantId, id],
    );
    return row ? fromRow(row) : null;
  }

  /** Latest activity first. A session that is used between two pages moves to the front and may be seen twice. */
  async list(
    session: SqlSession,
    tenantId: string,
    { status, limit, after }: SessionPage,
  ): Promise<AgentSessionRow[]> {
    const rows = await session.query<Row>(
      `select * from policy.agent_sessions
       where tenant_id = $1 and ${status ? STATUS[status] : 'true'}
         and ($2::timestamptz is null or (last_seen_at, id) < ($2::timestamptz, $3::text))
       order by last_seen_at desc, id desc limit $4`,
      [tenantId, after?.lastSeenAt ?? null, after?.id ?? null, limit],
    );
    return rows.map(fromRow);
  }

  async count(
    session: SqlSession,
    tenantId: string,
    of: SessionsOf,
  ): Promise<{ active: number; suspended: number }> {
    const [row] = await session.query<{ active: string; suspended: string }>(
      `select count(*) filter (where ${STATUS.active}) as active, count(*) filter (where ${STATUS.suspended}) as suspended
       from policy.agent_sessions
       where tenant_id = $1 and ($2::text is null or id = $2) and ($3::text is null or connection_id = $3) and ($4::text is null or key_id = $4)`,
      [tenantId, of.id ?? null, of.connectionId ?? null, of.keyId ?? null],
    );
    return { active: Number(row?.active ?? 0), suspended: Number(row?.suspended ?? 0) };
  }

  /** Sessions were used, whatever the log has said of it so far. Those nothing was recorded of yet are left out. */
  async touch(
    session: SqlSession,
    uses: readonly { readonly id: string; readonly lastSeenAt: number }[],
  ): Promise<void> {
    if (uses.length === 0) return;
    await session.query(
      `update policy.agent_sessions set last_seen_at = used.at
       from unnest($1::text[], $2::timestamptz[]) as used (id, at)
       where agent_sessions.id = used.id and agent_sessions.last_seen_at < used.at`,
      [uses.map(({ id }) => id), uses.map(({ lastSeenAt }) => new Date(lastSeenAt).toISOString())],
    );
  }

  async suspend(session: SqlSession, id: string, at: string, reason: string): Promise<void> {
    await session.query(
      'update policy.agent_sessions set suspended_at = $2, suspended_reason = $3 where id = $1',
      [id, at, reason],
    );
  }

  async resume(session: SqlSession, id: string): Promise<void> {
    await session.query(
      'update policy.agent_sessions set suspended_at = null, suspended_reason = null where id = $1',
      [id],
    );
  }

  async complete(session: SqlSession, id: string, at: string): Promise<void> {
    await session.query('update policy.agent_sessions set completed_at = $2 where id = $1', [id, at]);
  }

  /** Sessions nobody used since a moment, of all organizations; the longest unused first. */
  async idleSince(
    session: SqlSession,
    since: Date,
    limit: number,
    after: AgentSessionRow | null = null,
  ): Promise<AgentSessionRow[]> {
    const rows = await session.query<Row>(
      `select * from policy.agent_sessions
       where completed_at is null and suspended_at is null and last_seen_at <= $1
         and ($3::timestamptz is null or (last_seen_at, id) > ($3::timestamptz, $4::text))
       order by last_seen_at, id limit $2`,
      [since.toISOString(), limit, after?.view.lastSeenAt ?? null, after?.id ?? null],
    );
    return rows.map(fromRow);
  }
}

function fromRow(row: Row): AgentSessionRow {
  const iso = (date: Date | null) => date && date.toISOString();
  return {
    id: row.id,
    tenantId: row.tenant_id,
    connectionId: row.connection_id,
    keyId: row.key_id,
    view: {
      id: row.id,
      connectionId: row.connection_id,
      connection: row.connection_slug,
      key: { id: row.key_id, label: row.key_label, agent: row.key_agent },
      status: row.suspended_at ? 'suspended' : row.completed_at ? 'completed' : 'active',
      calls: Number(row.calls),
      user: row.user_name,
      lastTool: row.last_tool,
      startedAt: row.started_at.toISOString(),
      lastSeenAt: row.last_seen_at.toISOString(),
      suspendedAt: iso(row.suspended_at),
      suspendedReason: row.suspended_reason,
    },
  };
}
