import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';
import { CONNECTION_TABS, type ConnectionTab } from './connection-tabs.js';

const list = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/connections',
  validateSearch: (search: Record<string, unknown>): { create?: 'yes' } =>
    search['create'] === 'yes' ? { create: 'yes' } : {},
  component: lazyRouteComponent(() => import('./connections-page.js'), 'ConnectionsPage'),
});

const one = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/connections/$slug',
  validateSearch: (search: Record<string, unknown>): { tab?: ConnectionTab; tool?: string } => {
    const tab = CONNECTION_TABS.find((known) => known === search['tab']);
    return {
      ...(tab ? { tab } : {}),
      ...(typeof search['tool'] === 'string' ? { tool: search['tool'] } : {}),
    };
  },
  component: lazyRouteComponent(() => import('./connection-page.js'), 'ConnectionPage'),
});

export const connectionRoutes = [list, one] as const;
