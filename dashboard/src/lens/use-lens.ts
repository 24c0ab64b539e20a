import { diagnose } from '@portcullis/lens';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { fetchFacets, fetchHistogram, fetchRows, type LensRun } from './lens-requests.js';
import { rowsQuery } from './rows-query.js';

/** The answer of one moment never changes: what is on the screen is asked for once. */
const OF_ONE_MOMENT = {
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: 60_000,
  retry: false,
  refetchOnWindowFocus: false,
} as const;

/** Fields whose counts stand open at first. */
export const OPEN_FACETS: readonly string[] = [
  'decision',
  'outcome',
  'connection',
  'tool',
  'agent',
  'user',
  'rule',
  'type',
];

/** Everything the page shows of a run. What is being asked again stays as it was until the answer is there. */
export function useLens(run: LensRun, columns: readonly string[]) {
  // A link may carry a text with a mistake: the bar marks it, and nobody is asked.
  const readable = useMemo(() => diagnose(run.q).ok, [run.q]);
  const asked = useMemo(() => rowsQuery(run.q, columns), [run.q, columns]);
  const rows = useInfiniteQuery({
    queryKey: ['lens', 'rows', asked.text, run.from, run.to],
    queryFn: ({ pageParam, signal }) => fetchRows({ ...run, q: asked.text }, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.cursor,
    enabled: readable,
    ...OF_ONE_MOMENT,
  });
  const histogram = useQuery({
    queryKey: ['lens', 'histogram', run],
    queryFn: ({ signal }) => fetchHistogram(run, signal),
    enabled: readable,
    ...OF_ONE_MOMENT,
  });
  const facets = useQuery({
    queryKey: ['lens', 'facets', run],
    queryFn: ({ signal }) => fetchFacets(run, OPEN_FACETS, signal),
    enabled: readable,
    ...OF_ONE_MOMENT,
  });
  // The columns that were asked for belong to the answer: the last good one keeps its own.
  const answered = useMemo(
    () => (rows.data === undefined ? undefined : { pages: rows.data.pages, columns: asked.columns, run }),
    [rows.data, asked.columns, run],
  );
  return {
    rows,
    readable,
    answer: useLastGood(answered),
    histogram: useLastGood(
      useMemo(
        () => (histogram.data === undefined ? undefined : { ...histogram.data, run }),
        [histogram.data, run],
      ),
    ),
    facets: useLastGood(facets.data),
    busy: rows.isFetching || histogram.isFetching || facets.isFetching,
    error: rows.error,
    /** What keeps only the sides from showing. */
    asideError: histogram.error ?? facets.error,
    histogramFailed: histogram.isError,
    facetsFailed: facets.isError,
  };
}

/** The value, or the last there was. */
function useLastGood<Value>(value: Value | undefined): Value | undefined {
  const [kept, keep] = useState(value);
  if (value !== undefined && value !== kept) keep(value);
  return value ?? kept;
}
