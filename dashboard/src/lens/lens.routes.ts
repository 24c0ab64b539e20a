import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/lens',
  component: lazyRouteComponent(() => import('./lens-page.js'), 'LensPage'),
});

export const lensRoutes = [route] as const;
