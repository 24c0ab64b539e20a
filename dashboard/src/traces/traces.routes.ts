import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

export interface TraceSearch {
  /** Id of the call whose drawer is open. */
  readonly row?: string;
}

export const traceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/traces/$traceId',
  validateSearch: (raw: Record<string, unknown>): TraceSearch =>
    typeof raw['row'] === 'string' && raw['row'] !== '' ? { row: raw['row'].slice(0, 64) } : {},
  component: lazyRouteComponent(() => import('./trace-screen.js'), 'TraceScreen'),
});

export const traceRoutes = [traceRoute] as const;
