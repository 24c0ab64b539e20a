import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';
import { alertsSearch } from './alerts-search.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/alerts',
  validateSearch: alertsSearch,
  component: lazyRouteComponent(() => import('./alerts-page.js'), 'AlertsPage'),
});

/** The address notifications lead to. */
const oneRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/alerts/$alertId',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/alerts', search: { state: 'firing', alert: params.alertId } });
  },
});

export const alertRoutes = [route, oneRoute] as const;
