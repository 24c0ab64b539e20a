import { getRouteApi, useNavigate, useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';
import { LensPage } from './lens-page.js';
import type { LensSearch } from './lens-search.js';

const route = getRouteApi('/signed-in/lens');

/** The Lens page at its address: the address is its state. */
export function LensScreen() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const router = useRouter();
  const onSearch = useCallback(
    (next: LensSearch, options?: { readonly replace?: boolean }) =>
      void navigate({ to: '/lens', search: next, replace: options?.replace ?? false, resetScroll: false }),
    [navigate],
  );
  return (
    <LensPage
      search={search}
      onSearch={onSearch}
      hrefOf={(next) => router.buildLocation({ to: '/lens', search: next }).href}
    />
  );
}
