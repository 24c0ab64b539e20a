import { routeListSchema, type RouteList } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import { NO_ROUTES, routesOf, type Routes } from './route.js';

export interface StoredRoutes {
  /** 1 while nobody has set any. */
  readonly version: number;
  readonly list: RouteList;
  readonly updatedAt: Date | null;
  readonly updatedBy: string | null;
}

interface Row {
  readonly version: number;
  readonly list: unknown;
  readonly updated_at: Date;
  readonly updated_by: string;
}

export const routeStore = {
  async read(session: SqlSession, tenantId: string): Promise<StoredRoutes> {
    const [row] = await session.query<Row>(
      'select version, list, updated_at, updated_by from notification.routes where tenant_id = $1',
      [tenantId],
    );
    if (!row) return { version: 1, list: NO_ROUTES, updatedAt: null, updatedBy: null };
    const list = routeListSchema.parse(row.list);
    return { version: row.version, list, updatedAt: row.updated_at, updatedBy: row.updated_by };
  },

  /** As they are until the end of the transaction: whoever puts alerts into groups and whoever replaces routes take turns. */
  async steadyRoutes(session: SqlSession, tenantId: string): Promise<Routes> {
    await session.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [lockName(tenantId)]);
    return routeStore.routes(session, tenantId);
  },

  async routes(session: SqlSession, tenantId: string): Promise<Routes> {
    const { version, list } = await routeStore.read(session, tenantId);
    return routesOf(version, list);
  },

  /**
   * Until the end of the transaction nobody else changes the routes of the organization, or the channels they name. Who
   * deletes a channel holds it, too.
   */
  async hold(session: SqlSession, tenantId: string): Promise<void> {
    await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lockName(tenantId)]);
  },

  /** Under `hold`. */
  async isNamed(session: SqlSession, tenantId: string, channelId: string): Promise<boolean> {
    const { list } = await routeStore.read(session, tenantId);
    return [...list.routes, list.defaultRoute].some(({ channels }) => channels.includes(channelId));
  },

  /** Under `hold`. Alerts that fire are put into the groups of the new routes afterwards. */
  async replace(session: SqlSession, tenantId: string, stored: StoredRoutes): Promise<void> {
    await session.query(
      `insert into notification.routes (tenant_id, version, list, updated_at, updated_by) values ($1, $2, $3, $4, $5)
       on conflict (tenant_id) do update set version = excluded.version, list = excluded.list,
         updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
      [
        tenantId,
        stored.version,
        JSON.stringify(stored.list),
        stored.updatedAt?.toISOString(),
        stored.updatedBy,
      ],
    );
    await session.query(
      `insert into notification.rerouting (tenant_id, after_alert) values ($1, '00000000-0000-0000-0000-000000000000')
       on conflict (tenant_id) do update set after_alert = excluded.after_alert`,
      [tenantId],
    );
  },
};

function lockName(tenantId: string): string {
  return `portcullis.notification.routes.${tenantId}`;
}
