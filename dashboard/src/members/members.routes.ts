import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/members',
  validateSearch: (search: Record<string, unknown>): { invite?: 'yes' } =>
    search['invite'] === 'yes' ? { invite: 'yes' } : {},
  component: lazyRouteComponent(() => import('./members-page.js'), 'MembersPage'),
});

export const memberRoutes = [route] as const;
