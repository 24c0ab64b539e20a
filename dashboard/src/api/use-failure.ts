import type { UseInfiniteQueryResult, UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';

type Asked = Pick<
  UseQueryResult<unknown> | UseInfiniteQueryResult<unknown>,
  'data' | 'error' | 'errorUpdateCount' | 'refetch'
>;

/** Why nothing can be shown, and another try: what `ErrorState` takes. */
export interface Failure {
  readonly error: unknown;
  readonly onRetry: () => void;
}

/**
 * The failure to show where answers would stand; null while all are there, were they older ones, or are being waited for.
 * It stays while the page asks again by itself, where the query forgets it: else it would flicker at every turn. A person
 * who tries again sees that the page is loading.
 */
export function useFailure(...asked: readonly Asked[]): Failure | null {
  const [last, setLast] = useState<readonly unknown[]>([]);
  if (asked.some(({ error }, at) => error !== null && error !== last[at]))
    setLast(asked.map(({ error }, at) => error ?? last[at] ?? null));
  const failures = asked.map(({ data, error, errorUpdateCount }, at) => {
    if (data !== undefined) return null;
    // Another query in the same place, for another filter, has not failed yet.
    return error ?? (errorUpdateCount > 0 ? (last[at] ?? null) : null);
  });
  const error = failures.find((failure) => failure !== null);
  if (error === undefined) return null;
  const onRetry = () => {
    for (const [at, { refetch }] of asked.entries()) if (failures[at] !== null) void refetch();
    setLast([]);
  };
  return { error, onRetry };
}
