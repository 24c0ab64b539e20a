import { routeListSchema, routeListViewSchema } from '@portcullis/contracts';
import { defineRoute } from '../http/route.js';

const tag = 'Notifications';

export const getNotificationRoutes = defineRoute({
  method: 'GET',
  path: '/notification-routes',
  access: { scope: 'notifications:read' },
  tag,
  summary: 'Which alerts go to which channels: the routes in the order they are asked, and the default route',
  answer: routeListViewSchema,
});

export const replaceNotificationRoutes = defineRoute({
  method: 'PUT',
  path: '/notification-routes',
  access: { scope: 'notifications:write' },
  tag,
  summary: 'Replace the whole list; `If-Match` names the version it replaces',
  body: routeListSchema,
  answer: routeListViewSchema,
  problems: ['notification_routes.version_conflict', 'notification_routes.invalid'],
});
