import type { SqlSession } from '@portcullis/postgres';

export interface KeyUse {
  readonly keyId: string;
  readonly tenantId: string;
  readonly at: Date;
}

/** When keys were last used: `policy.api_key_usage`, written in batches behind the calls. */
export class ApiKeyUsage {
  async record(session: SqlSession, uses: readonly KeyUse[]): Promise<void> {
    const latest = new Map<string, KeyUse>();
    for (const use of uses) {
      const known = latest.get(use.keyId);
      if (!known || known.at < use.at) latest.set(use.keyId, use);
    }
    if (latest.size === 0) return;
    // In one order in every transaction, so that two of them cannot wait for each other.
    const rows = [...latest.values()].sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
    await session.query(
      `insert into policy.api_key_usage (key_id, tenant_id, last_used_at)
       select * from unnest($1::text[], $2::text[], $3::timestamptz[])
       on conflict (key_id) do update set last_used_at = greatest(api_key_usage.last_used_at, excluded.last_used_at)`,
      [
        rows.map((use) => use.keyId),
        rows.map((use) => use.tenantId),
        rows.map((use) => use.at.toISOString()),
      ],
    );
  }

  async lastUsedAt(session: SqlSession, keyIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await session.query<{ key_id: string; last_used_at: Date }>(
      'select key_id, last_used_at from policy.api_key_usage where key_id = any($1)',
      [keyIds],
    );
    return new Map(rows.map((row) => [row.key_id, row.last_used_at.toISOString()]));
  }
}
