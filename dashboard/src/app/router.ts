import type { QueryClient } from '@tanstack/react-query';
import { createRouter, parseSearchWith, stringifySearchWith } from '@tanstack/react-router';
import { accountRoutes } from '../account/account.routes.js';
import { alertRoutes } from '../alerts/alerts.routes.js';
import { apiKeyRoutes } from '../api-keys/api-keys.routes.js';
import { connectionRoutes } from '../connections/connections.routes.js';
import { detectionRoutes } from '../detection/detection.routes.js';
import { firstStartRoutes } from '../first-start/first-start.routes.js';
import { identityRoutes } from '../identity/identity.routes.js';
import { lensRoutes } from '../lens/lens.routes.js';
import { liveRoutes } from '../live/live.routes.js';
import { memberRoutes } from '../members/members.routes.js';
import { notificationRoutes } from '../notifications/notifications.routes.js';
import { policyRoutes } from '../policies/policies.routes.js';
import { sessionRoutes } from '../sessions/sessions.routes.js';
import { systemRoutes } from '../system/system.routes.js';
import { traceRoutes } from '../traces/traces.routes.js';
import { notFoundRoute, rootRoute, signedInRoute } from './signed-in-route.js';

/** Every address of the dashboard. A feature's pages are added here, and what it adds to the frame in features.ts. */
const routeTree = rootRoute.addChildren([
  ...identityRoutes,
  signedInRoute.addChildren([
    ...liveRoutes,
    ...lensRoutes,
    ...traceRoutes,
    ...alertRoutes,
    ...connectionRoutes,
    ...policyRoutes,
    ...sessionRoutes,
    ...apiKeyRoutes,
    ...detectionRoutes,
    ...notificationRoutes,
    ...memberRoutes,
    ...systemRoutes,
    ...accountRoutes,
    ...firstStartRoutes,
    notFoundRoute,
  ]),
]);

export function createDashboardRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    parseSearch: parseSearchWith(readSearchValue),
    stringifySearch: stringifySearchWith(writeSearchValue),
  });
}

/** Text stays text in the address (`?q=decision:deny`), so that links can be read and written by hand. */
function readSearchValue(text: string): unknown {
  return text;
}

function writeSearchValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createDashboardRouter>;
  }
}
