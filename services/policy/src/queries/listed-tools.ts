import type { ToolView } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';

interface ToolRow {
  name: string;
  title: string | null;
  definition: { description?: unknown; inputSchema?: unknown };
  annotations: Record<string, unknown>;
  first_seen_at: Date;
  last_seen_at: Date;
}

export interface ToolPage {
  readonly tenantId: string;
  readonly connectionId: string;
  /** Go on after this name. */
  readonly after: string | null;
  readonly limit: number;
}

/** Tools of one connection as lists have shown them, by name. */
export async function listedTools(
  session: SqlSession,
  { tenantId, connectionId, after, limit }: ToolPage,
): Promise<ToolView[]> {
  const rows = await session.query<ToolRow>(
    `select name, title, definition, annotations, first_seen_at, last_seen_at from policy.tools
     where tenant_id = $1 and connection_id = $2 and ($3::text is null or name collate "C" > $3 collate "C")
     order by name collate "C" limit $4`,
    [tenantId, connectionId, after, limit],
  );
  return rows.map(({ name, title, definition, annotations, first_seen_at, last_seen_at }) => ({
    connectionId,
    name,
    title,
    description: typeof definition.description === 'string' ? definition.description : null,
    inputSchema: definition.inputSchema ?? null,
    annotations,
    firstSeenAt: first_seen_at.toISOString(),
    lastSeenAt: last_seen_at.toISOString(),
  }));
}
