import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/api-keys',
  validateSearch: (search: Record<string, unknown>): { create?: 'yes'; revoked?: 'shown' } => ({
    ...(search['create'] === 'yes' ? { create: 'yes' as const } : {}),
    ...(search['revoked'] === 'shown' ? { revoked: 'shown' as const } : {}),
  }),
  component: lazyRouteComponent(() => import('./api-keys-page.js'), 'ApiKeysPage'),
});

export const apiKeyRoutes = [route] as const;
