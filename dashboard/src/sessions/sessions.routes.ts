import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';
import { sessionsSearch } from './sessions-search.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/sessions',
  validateSearch: sessionsSearch,
  component: lazyRouteComponent(() => import('./sessions-page.js'), 'SessionsPage'),
});

export const sessionRoutes = [route] as const;
