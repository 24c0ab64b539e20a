import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

/** The filter, as Lens text. */
export interface LiveSearch {
  readonly q?: string;
}

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/live',
  validateSearch: (raw: Record<string, unknown>): LiveSearch =>
    typeof raw['q'] === 'string' && raw['q'] !== '' ? { q: raw['q'].slice(0, 4096) } : {},
  component: lazyRouteComponent(() => import('./live-page.js'), 'LivePage'),
});

export const liveRoutes = [route] as const;
