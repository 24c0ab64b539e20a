import type { Role, Scope } from '@portcullis/contracts';
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { ask } from '../api/ask.js';

/** Who is signed in, in which organization, and what they may do there. */
export interface Me {
  readonly user: { readonly id: string; readonly email: string; readonly name: string } | null;
  readonly organization: { readonly id: string; readonly name: string };
  readonly organizations: readonly { readonly id: string; readonly name: string; readonly role: Role }[];
  readonly mayCreateOrganizations: boolean;
  readonly role: Role | null;
  readonly scopes: readonly Scope[];
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => ask<Me>('GET', '/api/v1/me'),
  staleTime: 60_000,
});

/** Below the signed-in layout, whose loader has asked already. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

/** Whether the person may do something: for what a page offers. The API decides anew each time. */
export function useMay(scope: Scope): boolean {
  return may(useMe().scopes, scope);
}

/** `admin` includes every scope but `mcp`; `<area>:write` includes `<area>:read`. */
export function may(scopes: readonly Scope[], wanted: Scope): boolean {
  if (scopes.includes(wanted)) return true;
  if (wanted !== 'mcp' && scopes.includes('admin')) return true;
  return wanted.endsWith(':read') && scopes.includes(wanted.replace(/:read$/, ':write') as Scope);
}
