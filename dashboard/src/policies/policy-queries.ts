import type { PolicyVersionView, PolicyView } from '@portcullis/contracts';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { allRows, api, answerOf, dataOf } from '../api/client.js';
import type { Move } from './policy-order.js';

// Conditions nest, which the types of the API's description do not follow: hence the assertions here, and only here.

export const policiesQuery = queryOptions({
  queryKey: ['policies'],
  queryFn: async ({ signal }) =>
    (await allRows((cursor) =>
      api.GET('/api/v1/policies', { params: { query: { limit: 200, cursor } }, signal }),
    )) as PolicyView[],
});

export const policyQuery = (id: string) =>
  queryOptions({
    queryKey: ['policies', id],
    queryFn: async ({ signal }) =>
      (await dataOf(api.GET('/api/v1/policies/{id}', { params: { path: { id } }, signal }))) as PolicyView,
  });

export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['policies', id, 'versions'],
    queryFn: async ({ signal }) =>
      (await allRows((cursor) =>
        api.GET('/api/v1/policies/{id}/versions', {
          params: { path: { id }, query: { limit: 200, cursor } },
          signal,
        }),
      )) as PolicyVersionView[],
  });

function useRefresh(): () => Promise<unknown> {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: ['policies'] }),
      queryClient.invalidateQueries({ queryKey: ['connections'] }),
    ]);
}

interface Published {
  readonly policy: PolicyView;
  /** Whether some replicas still decide by the version before. */
  readonly propagating: boolean;
}

/**
 * Creates with version 1, or publishes the next version over the one that was read. `onPublished` is told before the pages are read anew: the editor
 * goes on from the answer.
 */
export function usePublish(
  policy: Pick<PolicyView, 'id' | 'version'> | null,
  connection: string | null,
  onPublished: (published: Published) => void,
) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: async ({ yaml, note }: { yaml: string; note: string }): Promise<Published> => {
      const body = { yaml, ...(note === '' ? {} : { note }) };
      const answer =
        policy === null
          ? await answerOf(
              api.POST('/api/v1/policies', {
                body: { ...body, ...(connection === null ? {} : { connection }) },
              }),
            )
          : await answerOf(
              api.PUT('/api/v1/policies/{id}', {
                params: { path: { id: policy.id } },
                body,
                headers: { 'If-Match': `"${policy.version}"` },
              }),
            );
      return {
        policy: answer.data as PolicyView,
        propagating: (answer.meta as { propagating?: boolean }).propagating === true,
      };
    },
    onSuccess: (published) => {
      onPublished(published);
      return refresh();
    },
  });
}

export function useMovePolicies() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: async (moves: readonly Move[]) => {
      // One after the other: see movesTo.
      for (const { id, order } of moves)
        await dataOf(api.POST('/api/v1/policies/{id}/move', { params: { path: { id } }, body: { order } }));
    },
    onSettled: refresh,
  });
}

export function useSetActive(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (active: boolean) =>
      active
        ? dataOf(api.POST('/api/v1/policies/{id}/activate', { params: { path: { id } } }))
        : dataOf(api.POST('/api/v1/policies/{id}/deactivate', { params: { path: { id } } })),
    onSuccess: refresh,
  });
}

export function useDeletePolicy(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => dataOf(api.DELETE('/api/v1/policies/{id}', { params: { path: { id } } })),
    onSuccess: refresh,
  });
}

export function useRollBack(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ version, note }: { version: number; note: string }) =>
      dataOf(
        api.POST('/api/v1/policies/{id}/roll-back', {
          params: { path: { id } },
          body: { version, ...(note === '' ? {} : { note }) },
        }),
      ),
    onSuccess: refresh,
  });
}
