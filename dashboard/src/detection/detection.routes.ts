import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const route = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/detection',
  component: lazyRouteComponent(() => import('./detection-page.js'), 'DetectionPage'),
});

export const detectionRoutes = [route] as const;
