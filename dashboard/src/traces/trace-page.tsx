import { Button } from '@mantine/core';
import { selectValue, termText } from '@portcullis/lens';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconListSearch } from '@tabler/icons-react';
import { useEffect, useMemo } from 'react';
import { useFailure } from '../api/use-failure.js';
import { USUAL_RANGE, type LensSearch } from '../lens/lens-search.js';
import { RowDrawer } from '../lens/row-drawer.js';
import { Page } from '../pieces/page.js';
import { CopyAction } from '../pieces/short-id.js';
import { visibleText } from '../pieces/hostile-text.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import { absoluteTime, durationText } from '../pieces/time-text.js';
import { useTimeZone } from '../pieces/time-zone.js';
import { useListKeys } from '../pieces/use-list-keys.js';
import { fetchTrace } from './trace-requests.js';
import classes from './trace-page.module.css';
import { WaterfallView } from './waterfall-view.js';
import { waterfall } from './waterfall.js';

export interface TracePageProps {
  readonly traceId: string;
  /** Id of the call whose drawer is open. */
  readonly row: string | undefined;
  readonly onRow: (id: string | null) => void;
  readonly onQuery: (query: LensSearch) => void;
}

/** Calls beyond these are counted, not drawn. */
const MOST_SPANS = 20_000;

/** The calls of one operation over all connections on one axis of time. */
export function TracePage({ traceId, row, onRow, onQuery }: TracePageProps) {
  const zone = useTimeZone();
  const trace = useInfiniteQuery({
    queryKey: ['trace', traceId],
    queryFn: ({ pageParam, signal }) => fetchTrace(traceId, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last, pages) =>
      pages.reduce((sum, page) => sum + page.spans.length, 0) < MOST_SPANS ? last.cursor : null,
    staleTime: 30_000,
  });
  const failure = useFailure(trace);
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = trace;
  // The axis needs every call: what is on the page already can be looked at meanwhile.
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  const drawn = useMemo(() => waterfall(trace.data?.pages.flatMap((page) => page.spans) ?? []), [trace.data]);
  const events = trace.data?.pages[0]?.events ?? 0;
  const open = (index: number) => {
    const id = drawn.lines[index]?.span.id;
    if (id !== undefined) onRow(id);
  };
  const list = useListKeys({
    count: drawn.lines.length,
    onOpen: open,
    onMove: (index) => row !== undefined && open(index),
  });
  const openIndex = row === undefined ? -1 : drawn.lines.findIndex(({ span }) => span.id === row);
  const inLens = (q: string) => onQuery({ q, from: 'now-90d', to: USUAL_RANGE.to });
  const failed = drawn.lines.filter(
    ({ span }) => span.decision === 'deny' || (span.outcome !== 'ok' && span.outcome !== ''),
  ).length;

  return (
    <Page
      title={`Trace ${traceId}`}
      wide
      heading={
        <>
          Trace <bdi className={classes['id']}>{visibleText(traceId, 140)}</bdi>{' '}
          <CopyAction value={traceId} label="Copy the trace id" />
        </>
      }
      lead={
        drawn.lines.length > 0
          ? `${events.toLocaleString('en')} ${events === 1 ? 'event' : 'events'} over ${drawn.connections.length} ${drawn.connections.length === 1 ? 'connection' : 'connections'} in ${durationText(drawn.totalMs)}${drawn.lines.length > 1 ? `, ${durationText(drawn.busyMs)} of it busy` : ''}${failed > 0 ? `; ${failed.toLocaleString('en')} denied or failed` : ''}. Began ${absoluteTime(new Date(drawn.startedAt), zone)}.`
          : undefined
      }
      actions={
        <Button
          variant="default"
          leftSection={<IconListSearch size={15} aria-hidden />}
          onClick={() => inLens(termText('trace', traceId))}
        >
          Open in Lens
        </Button>
      }
    >
      {trace.data === undefined && failure === null && <SkeletonRows rows={12} height={28} />}
      {failure && <ErrorState title="This trace cannot be shown" {...failure} />}
      {drawn.lines.length > 0 && (
        <>
          <WaterfallView
            waterfall={drawn}
            current={openIndex >= 0 ? openIndex : list.current}
            onOpen={(index) => {
              list.setCurrent(index);
              open(index);
            }}
          />
          {drawn.lines.length < events && (
            <p className={classes['rest']}>
              {isFetchingNextPage
                ? 'Reading on…'
                : `The first ${drawn.lines.length.toLocaleString('en')} calls are drawn. Open the trace in Lens for all of them.`}
            </p>
          )}
        </>
      )}
      {row !== undefined && (
        <RowDrawer
          id={row}
          known={drawn.lines[openIndex]?.span as Record<string, unknown> | undefined}
          zone={zone}
          onClose={() => onRow(null)}
          {...(openIndex >= 0 ? { onMove: (step: 1 | -1) => open(openIndex + step) } : {})}
          onSelect={(field, value, selection) =>
            inLens(selectValue(termText('trace', traceId), field, value, selection))
          }
          onQuery={(query) => onQuery({ ...USUAL_RANGE, ...query })}
        />
      )}
    </Page>
  );
}
