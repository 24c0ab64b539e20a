import './theme/mantine.css';
import '@mantine/notifications/styles.css';
import './theme/page.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider, type AnyRoute } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/query-client.js';
import { createDashboardRouter } from './app/router.js';
import { keepDrafts } from './identity/drafts.js';
import { meQuery } from './identity/me.js';
import { colourSchemeManager } from './theme/colour-scheme.js';
import { publishStyleNonce, styleNonce } from './theme/style-nonce.js';
import { cssVariables, theme } from './theme/theme.js';

publishStyleNonce();
// The page's policy forbids making code of text; zod would try, and fall back, on every load.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });

const queryClient = createQueryClient(() => {
  const { href, pathname } = router.state.location;
  // Whoever was never in is led by the route itself, without a word about an end.
  const me = queryClient.getQueryData(meQuery.queryKey);
  if (pathname === '/sign-in' || pathname.startsWith('/invitations/') || me === undefined) return;
  keepDrafts(me);
  // Nobody is asked whether to leave a draft: it comes back with the person.
  void router.navigate({ to: '/sign-in', search: { next: href, ended: 'yes' }, ignoreBlocker: true });
});
const router = createDashboardRouter(queryClient);
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

// The code of the page comes while the API is still asked who is there.
const routes: Record<string, AnyRoute> = router.routesById;
for (const { routeId } of router.matchRoutes(router.latestLocation)) {
  const route = routes[routeId];
  // What fails here fails again where the router asks for it, and is shown there.
  if (route !== undefined) void Promise.resolve(router.loadRouteChunk(route)).catch(() => undefined);
}

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={colourSchemeManager}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
