import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { EffectiveRuleView } from '@portcullis/contracts';
import type { paths } from '../api/api-types.generated.js';
import { allRows, api, dataOf, type BodyOf } from '../api/client.js';

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: ({ signal }) =>
    allRows((cursor) =>
      api.GET('/api/v1/connections', { params: { query: { limit: 200, cursor } }, signal }),
    ),
});

/** By id or slug. */
export const connectionQuery = (id: string) =>
  queryOptions({
    queryKey: ['connections', id],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/connections/{id}', { params: { path: { id } }, signal })),
  });

export const toolsQuery = (id: string) =>
  queryOptions({
    queryKey: ['connections', id, 'tools'],
    queryFn: ({ signal }) =>
      allRows(
        (cursor) =>
          api.GET('/api/v1/connections/{id}/tools', {
            params: { path: { id }, query: { limit: 200, cursor } },
            signal,
          }),
        5_000,
      ),
  });

export const effectiveRulesQuery = (id: string) =>
  queryOptions({
    queryKey: ['connections', id, 'effective-rules'],
    queryFn: async ({ signal }) => {
      const rules = await allRows(
        (cursor) =>
          api.GET('/api/v1/connections/{id}/effective-rules', {
            params: { path: { id }, query: { limit: 200, cursor } },
            signal,
          }),
        10_000,
      );
      // Conditions nest, which the description's types do not follow.
      return rules as EffectiveRuleView[];
    },
  });

export const dashboardSettingsQuery = queryOptions({
  queryKey: ['dashboard-settings'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/v1/dashboard', { signal })),
  staleTime: Infinity,
});

type ConnectionChange = BodyOf<paths['/api/v1/connections/{id}']['patch']>;

export function useChangeConnection(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: ConnectionChange) =>
      dataOf(api.PATCH('/api/v1/connections/{id}', { params: { path: { id } }, body })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['connections'] }),
  });
}

export function useTestConnection(id: string) {
  return useMutation({
    mutationFn: () => dataOf(api.POST('/api/v1/connections/{id}/test', { params: { path: { id } } })),
  });
}

/** What the upstream said to a test, in words. */
export function testRefusal(reason: string | null): string {
  if (reason === null) return 'The upstream does not answer.';
  const http = /^http_(\d+)$/.exec(reason)?.[1];
  if (http === '401' || http === '403') return `The upstream refuses the credential (HTTP ${http}).`;
  if (http !== undefined) return `The upstream answers HTTP ${http}.`;
  const words: Record<string, string> = {
    not_mcp: 'Something answers there, but it does not speak MCP.',
    address_not_allowed: 'The address is not allowed: it leads into a private network.',
    timeout: 'The upstream does not answer in time.',
    too_large: 'The upstream answers with more than fits.',
    unreachable: 'The upstream cannot be reached.',
  };
  return words[reason] ?? `The test failed: ${reason}.`;
}
