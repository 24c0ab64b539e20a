import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../app/signed-in-route.js';

const list = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/policies',
  component: lazyRouteComponent(() => import('./policies-page.js'), 'PoliciesPage'),
});

const create = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/policies/new',
  validateSearch: (search: Record<string, unknown>): { connection?: string } =>
    typeof search['connection'] === 'string' ? { connection: search['connection'] } : {},
  component: lazyRouteComponent(() => import('./new-policy-page.js'), 'NewPolicyPage'),
});

const one = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/policies/$policyId',
  validateSearch: (search: Record<string, unknown>): { tab?: 'versions'; view?: 'yaml'; rule?: number } => ({
    ...(search['tab'] === 'versions' ? { tab: 'versions' as const } : {}),
    ...(search['view'] === 'yaml' ? { view: 'yaml' as const } : {}),
    ...(Number.isInteger(search['rule']) ? { rule: search['rule'] as number } : {}),
  }),
  component: lazyRouteComponent(() => import('./policy-page.js'), 'PolicyPage'),
});

export const policyRoutes = [list, create, one] as const;
