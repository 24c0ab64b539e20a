import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/signed-in-route.js';

const signIn = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string; ended?: 'yes' } => ({
    ...(typeof search['next'] === 'string' ? { next: search['next'] } : {}),
    ...(search['ended'] === 'yes' ? { ended: 'yes' as const } : {}),
  }),
  component: lazyRouteComponent(() => import('./sign-in-page.js'), 'SignInPage'),
});

const invitation = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitations/$token',
  component: lazyRouteComponent(() => import('./accept-invitation-page.js'), 'AcceptInvitationPage'),
});

export const identityRoutes = [signIn, invitation] as const;
