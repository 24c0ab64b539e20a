import { notifyManager, useQueryClient, type Query, type QueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { healthQuery } from './health-query.js';

/** The part of a page that stands as it was read last, since it could not be read anew. */
export interface StaleAnswer {
  readonly readAt: Date;
  readonly error: unknown;
  readonly isFetching: boolean;
  /** Asks for all that is stale. */
  readonly refetch: () => void;
}

// Whether the server can be reached at all is said in other words.
const isStale = ({ queryKey, state: { status, data } }: Query) =>
  status === 'error' && data !== undefined && queryKey[0] !== healthQuery.queryKey[0];

/** Of what is on the page, what was read longest ago. */
function oldestStale(client: QueryClient): Query['state'] | null {
  const stale = client.getQueryCache().findAll({ type: 'active', predicate: isStale });
  const states = stale
    .map(({ state }) => state)
    .sort((one, other) => one.dataUpdatedAt - other.dataUpdatedAt);
  return states[0] ?? null;
}

/** What stands on the page and could not be brought up to date; null when all of it was. */
export function useStaleAnswer(): StaleAnswer | null {
  const client = useQueryClient();
  const subscribe = useCallback(
    (changed: () => void) => client.getQueryCache().subscribe(notifyManager.batchCalls(changed)),
    [client],
  );
  const oldest = useSyncExternalStore(subscribe, () => oldestStale(client));
  if (oldest === null) return null;
  return {
    readAt: new Date(oldest.dataUpdatedAt),
    error: oldest.error,
    isFetching: oldest.fetchStatus === 'fetching',
    refetch: () => void client.refetchQueries({ type: 'active', predicate: isStale }),
  };
}
