import { queryOptions } from '@tanstack/react-query';
import { allRows, answerOf, api, dataOf, type DataOf } from '../api/client.js';

export type KillSwitch = DataOf<'/api/v1/kill-switches', 'get'>[number];
export type KillSwitchReach = DataOf<'/api/v1/kill-switches/preview', 'post'>;
export type KillSwitchScope = KillSwitch['scope'];

export const SCOPES: readonly { readonly value: KillSwitchScope; readonly label: string }[] = [
  { value: 'session', label: 'Session' },
  { value: 'connection', label: 'Connection' },
  { value: 'agent', label: 'Agent key' },
  { value: 'organization', label: 'Everything' },
];

export const KILL_SWITCHES = ['kill-switches'];

/** Those in force. */
export const killSwitchesQuery = queryOptions({
  queryKey: KILL_SWITCHES,
  queryFn: () =>
    allRows((cursor) =>
      api.GET('/api/v1/kill-switches', {
        params: { query: { limit: 200, ...(cursor === undefined ? {} : { cursor }) } },
      }),
    ),
  refetchInterval: 15_000,
});

export interface Target {
  readonly value: string;
  readonly label: string;
}

/** What may be stopped within a scope, by the names people know. */
export const targetsQuery = (scope: KillSwitchScope) =>
  queryOptions({
    queryKey: ['kill-switch-targets', scope],
    queryFn: async (): Promise<Target[]> => {
      const page = (cursor: string | undefined) => ({
        limit: 200,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (scope === 'connection') {
        const rows = await allRows((cursor) =>
          api.GET('/api/v1/connections', { params: { query: page(cursor) } }),
        );
        return rows.map(({ id, slug }) => ({ value: id, label: slug }));
      }
      if (scope === 'agent') {
        const rows = await allRows((cursor) =>
          api.GET('/api/v1/api-keys', { params: { query: page(cursor) } }),
        );
        return rows
          .filter(({ revokedAt }) => revokedAt === null)
          .map(({ id, label, agent }) => ({
            value: id,
            label: agent && agent !== label ? `${label} (${agent})` : label,
          }));
      }
      if (scope === 'session') {
        const rows = await allRows(
          (cursor) =>
            api.GET('/api/v1/sessions', { params: { query: { ...page(cursor), status: 'active' } } }),
          400,
        );
        return rows.map(({ id, connection, key, user }) => ({
          value: id,
          label: [key.agent ?? key.label, `on ${connection}`, user ? `for ${user}` : '']
            .filter(Boolean)
            .join(' '),
        }));
      }
      return [];
    },
  });

export const reachQuery = (scope: KillSwitchScope, target: string | null) =>
  queryOptions({
    queryKey: ['kill-switch-reach', scope, target],
    queryFn: (): Promise<KillSwitchReach> =>
      dataOf(api.POST('/api/v1/kill-switches/preview', { body: { scope, target } })),
    enabled: scope === 'organization' || target !== null,
    staleTime: 5_000,
  });

/** That the stop is in force, and where. */
export interface StopProof {
  readonly gateways: { readonly total: number; readonly confirmed: number } | null;
  readonly tookMs: number | null;
}

export async function engage(body: {
  scope: KillSwitchScope;
  target: string | null;
  reason: string;
  mode: 'stop' | 'abort';
}): Promise<StopProof> {
  const { meta } = await answerOf(api.POST('/api/v1/kill-switches', { body }));
  return stopProof(meta);
}

export function stopProof(meta: Record<string, unknown>): StopProof {
  const { gateways, tookMs } = meta as { gateways?: { total: number; confirmed: number }; tookMs?: number };
  return { gateways: gateways ?? null, tookMs: tookMs ?? null };
}

export function stopProofText({ gateways, tookMs }: StopProof): string {
  if (gateways === null) return 'The order is stored and on its way to the gateways.';
  if (gateways.total === 0) return 'The order is stored. No gateway is connected, so nothing passes now.';
  const where = `on ${gateways.confirmed} of ${gateways.total} ${gateways.total === 1 ? 'gateway' : 'gateways'}`;
  const when = tookMs === null ? '' : ` after ${Math.round(tookMs)} ms`;
  if (gateways.confirmed === gateways.total) return `In force ${where}${when}.`;
  return `Confirmed ${where}${when}. The others refuse everything within two seconds of losing touch.`;
}

export const release = (id: string) =>
  answerOf(api.DELETE('/api/v1/kill-switches/{id}', { params: { path: { id } } }));
