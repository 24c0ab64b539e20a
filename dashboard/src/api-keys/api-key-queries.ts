import type { Scope } from '@portcullis/contracts';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { allRows, api, dataOf } from '../api/client.js';

export const apiKeysQuery = (includeRevoked: boolean) =>
  queryOptions({
    queryKey: ['api-keys', { includeRevoked }],
    queryFn: ({ signal }) =>
      allRows((cursor) =>
        api.GET('/api/v1/api-keys', {
          params: { query: { limit: 200, cursor, includeRevoked: includeRevoked ? 'true' : 'false' } },
          signal,
        }),
      ),
  });

export interface NewApiKey {
  readonly label: string;
  readonly agent: string | null;
  readonly scopes: Scope[];
  /** Connection ids; null for all. */
  readonly connections: string[] | null;
  readonly boundUser: string | null;
  readonly expiresAt: string | null;
}

/** The answer holds the secret, this once. */
export function useCreateApiKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: NewApiKey) => dataOf(api.POST('/api/v1/api-keys', { body })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['api-keys'] }),
    // The secret is not kept longer than it is shown.
    gcTime: 0,
  });
}

export function useRevokeApiKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => dataOf(api.DELETE('/api/v1/api-keys/{id}', { params: { path: { id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['api-keys'] }),
  });
}
