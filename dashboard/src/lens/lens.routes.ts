import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';
import { lensSearch } from './lens-search.js';

/** The page and its editor are a part of their own, loaded when somebody goes there. */
export const lensRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/lens',
  validateSearch: lensSearch,
  component: lazyRouteComponent(() => import('./lens-screen.js'), 'LensScreen'),
});

export const lensRoutes = [lensRoute] as const;
