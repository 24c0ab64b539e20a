import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/connections',
  component: lazyRouteComponent(() => import('./connections-page.js'), 'ConnectionsPage'),
});

export const connectionRoutes = [route] as const;
