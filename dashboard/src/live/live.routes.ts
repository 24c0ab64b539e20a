import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/live',
  component: lazyRouteComponent(() => import('./live-page.js'), 'LivePage'),
});

export const liveRoutes = [route] as const;
