import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';
import { notificationsSearch, type NotificationsSearch } from './notifications-search.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/notifications',
  validateSearch: (raw: NotificationsSearch & Record<string, unknown>) => notificationsSearch(raw),
  component: lazyRouteComponent(() => import('./notifications-page.js'), 'NotificationsPage'),
});

export const notificationRoutes = [route] as const;
