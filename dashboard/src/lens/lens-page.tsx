import { Button, Drawer } from '@mantine/core';
import { selectValue, type Selection } from '@portcullis/lens';
import { IconFilter, IconPencilExclamation, IconSearchOff } from '@tabler/icons-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useShortcuts } from '../commands/use-shortcuts.js';
import { useTimeZone } from '../pieces/time-zone.js';
import { useDocumentTitle } from '../pieces/use-document-title.js';
import { useListKeys } from '../pieces/use-list-keys.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { AnswerChart } from './answer-chart.js';
import { ColumnsMenu } from './columns-menu.js';
import { FacetColumn } from './facet-column.js';
import { HistogramStrip } from './histogram-strip.js';
import { LensBar } from './lens-bar.js';
import classes from './lens-page.module.css';
import { fetchValues, type LensRun, type SavedView } from './lens-requests.js';
import type { LensSearch } from './lens-search.js';
import { LensStatus } from './lens-status.js';
import { shownColumn } from './result-cell.js';
import { ResultTable } from './result-table.js';
import { RowDrawer } from './row-drawer.js';
import { textOf } from './row-summary.js';
import { chosenColumns } from './rows-query.js';
import { ShareMenu } from './share-menu.js';
import { TimePicker } from './time-picker.js';
import { frozen, isRelative } from './time-range.js';
import { useLens } from './use-lens.js';
import { ViewsMenu } from './views-menu.js';

export interface LensPageProps {
  /** The state of the page: what its address says. */
  readonly search: LensSearch;
  /** Goes to another state; `replace` for what is not worth a step back. */
  readonly onSearch: (search: LensSearch, options?: { readonly replace?: boolean }) => void;
  /** The address of a state, for a link. */
  readonly hrefOf: (search: LensSearch) => string;
}

/** The audit history: type, see, narrow, open a row, follow the trace, keep the view, send the link. */
export function LensPage({ search, onSearch, hrefOf }: LensPageProps) {
  useDocumentTitle('Lens');
  const zone = useTimeZone();
  const [asked, setAsked] = useState(() => ({ at: Date.now() }));
  const [sideOpen, setSideOpen] = useState(false);
  const focusBar = useRef<(() => void) | null>(null);
  const { q, from, to, cols } = search;
  // One moment for everything on the page: rows, histogram and counts agree, and a link can name it.
  const run = useMemo((): LensRun => ({ q, ...frozen({ from, to }, asked.at) }), [q, from, to, asked]);
  const chosen = useMemo(() => chosenColumns(cols), [cols]);
  const {
    rows: query,
    readable,
    answer,
    histogram,
    facets,
    busy,
    error,
    asideError,
    histogramFailed,
    facetsFailed,
  } = useLens(run, chosen);

  const { row: _row, ...withoutRow } = search;
  const go = useCallback(
    (change: Partial<LensSearch>) => {
      setAsked({ at: Date.now() });
      onSearch({ ...withoutRow, ...change });
    },
    [onSearch, withoutRow],
  );
  const select = useCallback(
    (field: string, value: string, selection: Selection) =>
      go({ q: selectValue(q, field, value, selection) }),
    [go, q],
  );
  const brush = useCallback(
    (start: number, end: number) =>
      go({ from: new Date(start).toISOString(), to: new Date(end).toISOString() }),
    [go],
  );
  const openView = (view: SavedView) =>
    go({
      q: view.q,
      from: view.from,
      to: view.to,
      view: view.id,
      ...(view.columns.length > 0 ? { cols: view.columns.join(',') } : {}),
    });
  const setColumns = (columns: readonly string[] | null) => {
    const { cols: _cols, ...rest } = search;
    onSearch(columns === null ? rest : { ...rest, cols: columns.join(',') }, { replace: true });
  };

  const first = answer?.pages[0];
  const rows = useMemo(() => answer?.pages.flatMap((page) => page.rows) ?? [], [answer]);
  const columns = useMemo(() => {
    if (answer === undefined || first === undefined) return [];
    const types = new Map(first.columns.map((column) => [column.name, column]));
    const names =
      first.kind === 'rows' && answer.columns.length > 0
        ? answer.columns
        : first.columns.map(({ name }) => name);
    return names.map((name) => shownColumn(name, types.get(name)?.type, types.get(name)?.unit));
  }, [answer, first]);
  const opens = first?.kind === 'rows';
  const open = useCallback(
    (index: number) => {
      const id = textOf(rows[index] ?? {}, 'id');
      if (id !== '') onSearch({ ...search, row: id }, { replace: search.row !== undefined });
    },
    [rows, onSearch, search],
  );
  const list = useListKeys({
    count: rows.length,
    onOpen: (index) => opens && open(index),
    onMove: (index) => search.row !== undefined && open(index),
  });
  const openIndex = search.row === undefined ? -1 : rows.findIndex((row) => row['id'] === search.row);
  useShortcuts([
    { keys: '/', label: 'Write a query', group: 'Lens', run: () => focusBar.current?.() },
    { keys: 'r', label: 'Run again', group: 'Lens', run: () => setAsked({ at: Date.now() }) },
  ]);
  const { fetchNextPage, isFetchingNextPage, hasNextPage } = query;
  const onMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);
  const setCurrent = list.setCurrent;
  const openRow = useCallback(
    (index: number) => {
      setCurrent(index);
      open(index);
    },
    [setCurrent, open],
  );

  const side = <FacetColumn run={run} facets={facets} failed={facetsFailed || !readable} onSelect={select} />;
  return (
    <div className={classes['page']}>
      <h1 className="visually-hidden">Lens</h1>
      <div className={classes['top']}>
        <LensBar
          text={q}
          busy={busy}
          focusRef={focusBar}
          onRun={(text) => go({ q: text })}
          observe={(field, prefix, signal) =>
            fetchValues({ field, prefix, q: '', from: run.from, to: run.to, limit: 30 }, signal)
          }
        />
        <TimePicker choice={{ from, to }} zone={zone} onChoose={go} />
      </div>
      <div className={classes['tools']}>
        <Button
          className={classes['sideButton']}
          variant="subtle"
          color="gray"
          size="xs"
          leftSection={<IconFilter size={14} aria-hidden />}
          onClick={() => setSideOpen(true)}
        >
          Filters
        </Button>
        <ViewsMenu search={search} onOpen={openView} />
        <LensStatus
          page={first}
          rows={rows.length}
          more={hasNextPage}
          busy={busy}
          stale={answer !== undefined && answer.run !== run}
          error={answer === undefined && error !== null ? null : (error ?? asideError)}
          onRetry={() => setAsked({ at: Date.now() })}
        />
        <span className={classes['right']}>
          <ColumnsMenu columns={chosen} onChange={setColumns} />
          <ShareMenu
            run={run}
            link={() =>
              new URL(hrefOf({ ...search, ...frozen({ from, to }, asked.at) }), window.location.origin).href
            }
          />
        </span>
      </div>
      <HistogramStrip
        histogram={histogram}
        failed={histogramFailed || !readable}
        zone={zone}
        onBrush={brush}
      />
      <div className={classes['body']}>
        <nav className={classes['side']} aria-label="Filters" tabIndex={0}>
          {side}
        </nav>
        <section aria-label="Rows" className={classes['main']}>
          {!readable && answer === undefined ? (
            <EmptyState icon={IconPencilExclamation} title="The query has a mistake">
              It is marked in the bar above, with what could stand there instead.
            </EmptyState>
          ) : answer === undefined || first === undefined ? (
            error === null ? (
              <SkeletonRows head rows={14} height={30} />
            ) : (
              <ErrorState
                error={error}
                title="The query did not run"
                onRetry={() => setAsked({ at: Date.now() })}
              />
            )
          ) : (
            <>
              {first.kind !== 'rows' && (
                <AnswerChart page={first} run={answer.run} zone={zone} onBrush={brush} />
              )}
              {rows.length === 0 ? (
                <EmptyState
                  icon={IconSearchOff}
                  title="No rows"
                  action={
                    q.trim() === '' ? undefined : (
                      <Button variant="default" onClick={() => go({ q: '' })}>
                        Clear the query
                      </Button>
                    )
                  }
                >
                  {q.trim() === ''
                    ? 'Nothing was recorded in this time.'
                    : 'Nothing in this time matches the query.'}{' '}
                  {isRelative({ from, to }) && 'A longer time may show more.'}
                </EmptyState>
              ) : (
                <ResultTable
                  rows={rows}
                  columns={columns}
                  zone={zone}
                  current={openIndex >= 0 ? openIndex : list.current}
                  opens={opens}
                  more={hasNextPage}
                  onMore={onMore}
                  onCurrent={setCurrent}
                  onOpen={openRow}
                  onSelect={select}
                />
              )}
            </>
          )}
        </section>
      </div>
      {search.row !== undefined && (
        <RowDrawer
          id={search.row}
          known={rows[openIndex]}
          zone={zone}
          onSelect={select}
          onQuery={({ q: text, ...range }) => go({ q: text, ...range })}
          {...(openIndex >= 0
            ? { onMove: (step: 1 | -1) => rows[openIndex + step] !== undefined && openRow(openIndex + step) }
            : {})}
          onClose={() => onSearch(withoutRow, { replace: true })}
        />
      )}
      <Drawer.Root opened={sideOpen} onClose={() => setSideOpen(false)} size="xs">
        <Drawer.Overlay />
        <Drawer.Content aria-label="Filters">
          <Drawer.Body>
            <div className={classes['drawerHead']}>
              Filters <Drawer.CloseButton aria-label="Close" />
            </div>
            {side}
          </Drawer.Body>
        </Drawer.Content>
      </Drawer.Root>
    </div>
  );
}
