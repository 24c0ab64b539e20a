import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

/** `/` leads a person to where they were going: the first steps while nothing runs yet, the live page after. */
const home = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./home-page.js'), 'HomePage'),
});

const firstStart = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/welcome',
  component: lazyRouteComponent(() => import('./first-start-page.js'), 'FirstStartPage'),
});

export const firstStartRoutes = [home, firstStart] as const;
