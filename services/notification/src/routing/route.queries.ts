import type { RouteListView } from '@portcullis/contracts';
import type { QueryHandlersFor } from '../queries/query-handler.js';
import { routeStore, type StoredRoutes } from './route-store.js';

export const routeQueries: QueryHandlersFor<'routes'> = {
  async routes(_, { tenantId, session }) {
    return { data: routeListView(await routeStore.read(session, tenantId)) };
  },
};

export function routeListView({ version, list, updatedAt, updatedBy }: StoredRoutes): RouteListView {
  return {
    version,
    routes: list.routes.map((route) => ({ ...route, id: route.id ?? '' })),
    defaultRoute: list.defaultRoute,
    updatedAt: updatedAt?.toISOString() ?? null,
    updatedBy,
  };
}
