import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/alerts',
  component: lazyRouteComponent(() => import('./alerts-page.js'), 'AlertsPage'),
});

export const alertRoutes = [route] as const;
