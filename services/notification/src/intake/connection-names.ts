import type { SqlSession } from '@portcullis/postgres';
import type { ConnectionNamed } from '../alerts/signal.js';
import type { Slugs } from './reading.js';

/** `notification.connections`, in memory as far as they were asked for: slugs never change. */
export class ConnectionNames {
  readonly #slugs = new Map<string, string>();

  readonly slugs: Slugs = (tenantId, id) => this.#slugs.get(JSON.stringify([tenantId, id]));

  /** Makes what is stored of the organizations of this batch known. */
  async load(session: SqlSession): Promise<void> {
    const rows = await session.query<{ tenant_id: string; id: string; slug: string }>(
      'select tenant_id, id, slug from notification.connections',
    );
    for (const row of rows)
      this.note({ type: 'connection', tenantId: row.tenant_id, id: row.id, slug: row.slug });
  }

  note({ tenantId, id, slug }: ConnectionNamed): void {
    this.#slugs.set(JSON.stringify([tenantId, id]), slug);
  }

  async store(session: SqlSession, named: readonly ConnectionNamed[]): Promise<void> {
    if (named.length === 0) return;
    await session.query(
      `insert into notification.connections (tenant_id, id, slug)
       select distinct on (tenant_id, id) tenant_id, id, slug
       from unnest($1::text[], $2::text[], $3::text[]) as named (tenant_id, id, slug)
       on conflict (tenant_id, id) do update set slug = excluded.slug`,
      [named.map(({ tenantId }) => tenantId), named.map(({ id }) => id), named.map(({ slug }) => slug)],
    );
  }
}
