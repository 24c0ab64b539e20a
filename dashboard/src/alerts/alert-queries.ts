import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answerOf, api, dataOf, type DataOf } from '../api/client.js';
import type { AlertsSearch } from './alerts-search.js';

export type AlertRow = DataOf<'/api/v1/alerts', 'get'>[number];
export type AlertDetail = DataOf<'/api/v1/alerts/{id}', 'get'>;

export const ALERTS = ['alerts'];

export const alertsQuery = ({ state, severity, kind, connection }: AlertsSearch) =>
  infiniteQueryOptions({
    queryKey: [...ALERTS, 'list', { state, severity, kind, connection }],
    queryFn: async ({ pageParam }) => {
      const query = {
        limit: 100,
        state: STATES_OF[state],
        ...(severity === undefined ? {} : { severity }),
        ...(kind === undefined ? {} : { kind }),
        ...(connection === undefined ? {} : { connection }),
        ...(pageParam === null ? {} : { cursor: pageParam }),
      };
      const { data, meta } = await answerOf(api.GET('/api/v1/alerts', { params: { query } }));
      return { rows: data, cursor: (meta['cursor'] ?? null) as string | null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ cursor }) => cursor,
    refetchInterval: 10_000,
  });

const STATES_OF = {
  firing: 'open,reopened,acknowledged',
  waiting: 'open,reopened',
  resolved: 'resolved',
} as const;

export const alertQuery = (id: string) =>
  queryOptions({
    queryKey: [...ALERTS, id],
    queryFn: () => dataOf(api.GET('/api/v1/alerts/{id}', { params: { path: { id } } })),
    refetchInterval: 10_000,
  });

export type AlertAction = 'acknowledge' | 'resolve' | 'reopen' | 'unmute' | 'mute';

export async function actOn(
  id: string,
  action: AlertAction,
  { note, until }: { note: string; until: string | undefined },
): Promise<void> {
  const params = { path: { id } };
  const body = { note: note.trim() === '' ? null : note.trim() };
  if (action === 'acknowledge') await answerOf(api.POST('/api/v1/alerts/{id}/acknowledge', { params, body }));
  else if (action === 'resolve') await answerOf(api.POST('/api/v1/alerts/{id}/resolve', { params, body }));
  else if (action === 'reopen') await answerOf(api.POST('/api/v1/alerts/{id}/reopen', { params, body }));
  else if (action === 'unmute') await answerOf(api.POST('/api/v1/alerts/{id}/unmute', { params, body }));
  else
    await answerOf(api.POST('/api/v1/alerts/{id}/mute', { params, body: { ...body, until: until ?? '' } }));
}
