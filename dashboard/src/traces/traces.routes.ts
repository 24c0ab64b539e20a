import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/traces/$traceId',
  component: lazyRouteComponent(() => import('./trace-page.js'), 'TracePage'),
});

export const traceRoutes = [route] as const;
