import type { Database } from '@portcullis/postgres';
import type { KnownTool, SeenTool, ToolStore } from './tool-store.js';

interface ToolRow {
  tenant_id: string;
  connection_id: string;
  name: string;
  title: string | null;
  digest: string;
  annotations: Record<string, unknown>;
  first_seen_ms: string;
  last_seen_ms: string;
  revision: string;
}

const LOCK = 'portcullis.policy.tools';

/** `policy.tools`. Writers take turns, so that revisions become visible in their order and a reader skips none. */
export class PostgresToolStore implements ToolStore {
  constructor(private readonly database: Pick<Database, 'query' | 'transaction'>) {}

  async upsert(tools: readonly SeenTool[]): Promise<void> {
    if (tools.length === 0) return;
    const rows = tools.map((tool) => ({
      tenant_id: tool.tenantId,
      connection_id: tool.connectionId,
      name: tool.name,
      title: tool.title,
      definition: tool.definition,
      // As text: taken apart, a NUL that an upstream sent would fail the whole batch.
      annotations: JSON.stringify(tool.annotations),
      digest: tool.digest,
      first_seen_at: new Date(tool.firstSeenAt).toISOString(),
      last_seen_at: new Date(tool.lastSeenAt).toISOString(),
    }));
    await this.database.transaction(async (session) => {
      await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [LOCK]);
      // A row without a definition is only seen again; where there is nothing to see again it waits for the next list.
      await session.query(
        `with seen as (
           select * from json_to_recordset($1::json) as tool (
             tenant_id text, connection_id text, name text, title text, definition text, annotations text, digest text,
             first_seen_at timestamptz, last_seen_at timestamptz)
         ), refreshed as (
           update policy.tools as tool
           set last_seen_at = greatest(tool.last_seen_at, seen.last_seen_at),
               first_seen_at = least(tool.first_seen_at, seen.first_seen_at)
           from seen
           where seen.definition is null
             and tool.connection_id = seen.connection_id and tool.name = seen.name and tool.digest = seen.digest
         )
         insert into policy.tools as tool (
           tenant_id, connection_id, name, title, definition, annotations, digest, first_seen_at, last_seen_at, revision)
         select tenant_id, connection_id, name, title, definition::json, annotations::json, digest, first_seen_at, last_seen_at,
                nextval('policy.tools_revision')
         from seen where definition is not null
         on conflict (connection_id, name) do update set
           title = excluded.title, definition = excluded.definition, annotations = excluded.annotations,
           digest = excluded.digest, revision = excluded.revision,
           first_seen_at = least(tool.first_seen_at, excluded.first_seen_at),
           last_seen_at = greatest(tool.last_seen_at, excluded.last_seen_at)`,
        [JSON.stringify(rows)],
      );
    });
  }

  async changedAfter(revision: number, limit: number): Promise<readonly KnownTool[]> {
    const rows = await this.database.query<ToolRow>(
      `select tenant_id, connection_id, name, title, digest, annotations, revision,
              floor(extract(epoch from first_seen_at) * 1000)::bigint as first_seen_ms,
              floor(extract(epoch from last_seen_at) * 1000)::bigint as last_seen_ms
       from policy.tools where revision > $1 order by revision limit $2`,
      [revision, limit],
    );
    return rows.map((row) => ({
      tenantId: row.tenant_id,
      connectionId: row.connection_id,
      name: row.name,
      title: row.title,
      digest: row.digest,
      annotations: row.annotations,
      firstSeenAt: Number(row.first_seen_ms),
      lastSeenAt: Number(row.last_seen_ms),
      revision: Number(row.revision),
    }));
  }

  async remove(tools: readonly { readonly connectionId: string; readonly name: string }[]): Promise<void> {
    if (tools.length === 0) return;
    const rows = tools.map(({ connectionId, name }) => ({ connection_id: connectionId, name }));
    await this.database.query(
      `delete from policy.tools as tool
       using json_to_recordset($1::json) as gone (connection_id text, name text)
       where tool.connection_id = gone.connection_id and tool.name = gone.name`,
      [JSON.stringify(rows)],
    );
  }
}
