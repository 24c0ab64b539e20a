import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/policies',
  component: lazyRouteComponent(() => import('./policies-page.js'), 'PoliciesPage'),
});

export const policyRoutes = [route] as const;
