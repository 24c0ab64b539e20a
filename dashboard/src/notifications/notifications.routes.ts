import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/notifications',
  component: lazyRouteComponent(() => import('./notifications-page.js'), 'NotificationsPage'),
});

export const notificationRoutes = [route] as const;
