import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/sessions',
  component: lazyRouteComponent(() => import('./sessions-page.js'), 'SessionsPage'),
});

export const sessionRoutes = [route] as const;
