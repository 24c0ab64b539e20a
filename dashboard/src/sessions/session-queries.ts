import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answerOf, api, dataOf, type DataOf } from '../api/client.js';
import { stopProof, type StopProof } from '../kill-switch/kill-switch-queries.js';
import type { SessionsSearch } from './sessions-search.js';

export type Session = DataOf<'/api/v1/sessions', 'get'>[number];

export const SESSIONS = ['sessions'];

export const sessionsQuery = ({ status }: Pick<SessionsSearch, 'status'>) =>
  infiniteQueryOptions({
    queryKey: [...SESSIONS, status],
    queryFn: async ({ pageParam }) => {
      const query = {
        limit: 100,
        ...(status === 'all' ? {} : { status }),
        ...(pageParam === null ? {} : { cursor: pageParam }),
      };
      const { data, meta } = await answerOf(api.GET('/api/v1/sessions', { params: { query } }));
      return { rows: data, cursor: (meta['cursor'] ?? null) as string | null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ cursor }) => cursor,
    refetchInterval: 5_000,
  });

/** One, whatever its state; its key begins as that of the lists, so that what changes them changes it. */
export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: [...SESSIONS, 'one', id],
    queryFn: (): Promise<Session> => dataOf(api.GET('/api/v1/sessions/{id}', { params: { path: { id } } })),
    refetchInterval: 5_000,
  });

export async function suspend(id: string, reason: string): Promise<StopProof> {
  return stopProof(
    (
      await answerOf(
        api.POST('/api/v1/sessions/{id}/suspend', { params: { path: { id } }, body: { reason } }),
      )
    ).meta,
  );
}

export const resume = (id: string) =>
  answerOf(api.POST('/api/v1/sessions/{id}/resume', { params: { path: { id } } }));
