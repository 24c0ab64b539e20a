import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import classes from './data-table.module.css';
import { useListKeys } from './use-list-keys.js';

export interface DataColumn<Row> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** A track of the grid: `120px`, `1fr`, `minmax(160px, 2fr)`. */
  readonly width?: string;
  readonly align?: 'start' | 'end';
  /** Goes on in a second line rather than being cut, where rows may be of unlike height. */
  readonly wraps?: boolean;
  /** Where the value stands on a phone: on its own at the head of the card, or in its corner; else below, after its name. */
  readonly phone?: 'title' | 'corner';
  /** What the column sorts by; without it it does not sort. */
  readonly sortBy?: (row: Row) => string | number | null;
}

interface DataTableProps<Row> {
  /** What the rows are, for those who hear the table: `API keys`. */
  readonly label: string;
  readonly columns: readonly DataColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  readonly hidden?: readonly string[];
  /** A height makes the table scroll in itself, with only the rows in sight in the page: for thousands of rows. */
  readonly height?: string;
  readonly onOpen?: (row: Row) => void;
  /** Told of the row j and k moved to while one is open. */
  readonly openId?: string | null;
  /** Called when the end of the rows comes into sight, for a list that pages. */
  readonly onEnd?: () => void;
  readonly rowHeight?: number;
}

/**
 * Rows in columns: sortable, moved through with j and k, opened with Enter or a click. With `height` only what is in
 * sight is drawn.
 */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowId, hidden, height, onOpen, openId, onEnd, rowHeight = 38 } = props;
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const shown = useMemo(() => sorted(rows, columns, sorting), [rows, columns, sorting]);
  const visible = useMemo(() => columns.filter(({ id }) => hidden?.includes(id) !== true), [columns, hidden]);

  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    enabled: height !== undefined,
  });
  const windowed = height !== undefined;
  const open = (index: number) => {
    const row = shown[index];
    if (row !== undefined) onOpen?.(row);
  };
  const { current, setCurrent } = useListKeys({
    count: shown.length,
    within: scroller,
    // What does not open gives the keyboard to what can be done with it.
    onOpen: (index) => {
      if (onOpen !== undefined) return open(index);
      scroller.current
        ?.querySelector<HTMLElement>(`[aria-rowindex="${index + 2}"] :is(button, input, a)`)
        ?.focus();
    },
    onMove: (index) => {
      if (height !== undefined) virtualizer.scrollToIndex(index);
      if (openId !== undefined && openId !== null) open(index);
    },
  });

  const items =
    height === undefined
      ? shown.map((_, index) => ({ index, start: undefined }))
      : virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (onEnd && shown.length > 0 && last >= shown.length - 1) onEnd();
  }, [onEnd, last, shown.length]);

  const widths = visible.map(({ width = 'minmax(80px, 1fr)' }) => width);
  const grid = {
    '--columns': widths.join(' '),
    '--least-width': `${leastWidth(widths)}px`,
    '--row-height': `${rowHeight}px`,
  } as CSSProperties;
  return (
    <div
      ref={scroller}
      className={classes['scroller']}
      data-windowed={windowed || undefined}
      style={{ ...grid, height }}
      tabIndex={0}
    >
      <div role="table" aria-label={label} aria-rowcount={shown.length + 1} className={classes['table']}>
        <div role="rowgroup" className={classes['head']}>
          <div role="row" className={classes['row']}>
            {visible.map((column) => (
              <HeaderCell
                key={column.id}
                column={column}
                sorted={sorting?.id === column.id ? sorting : undefined}
                onSort={() => setSorting((before) => nextSorting(before, column.id))}
              />
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          className={classes['body']}
          style={height === undefined ? undefined : { height: virtualizer.getTotalSize() }}
        >
          {items.map(({ index, start }) => {
            const row = shown[index];
            if (row === undefined) return null;
            const id = rowId(row);
            return (
              <div
                key={id}
                role="row"
                aria-rowindex={index + 2}
                className={classes['row']}
                data-current={index === current || undefined}
                data-open={id === openId || undefined}
                data-clickable={onOpen !== undefined || undefined}
                style={
                  start === undefined
                    ? undefined
                    : { position: 'absolute', insetInline: 0, transform: `translateY(${start}px)` }
                }
                ref={(line) => {
                  if (index === current && !windowed) line?.scrollIntoView({ block: 'nearest' });
                }}
                onClick={(event) => {
                  if (onOpen === undefined || isControl(event.target)) return;
                  setCurrent(index);
                  open(index);
                }}
              >
                <Cells row={row} columns={visible} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** What a cell shows in the place of a value that is not there. A card on a phone leaves such a line out. */
export const NOTHING = '–';

interface Sorting {
  readonly id: string;
  readonly desc: boolean;
}

/** Upwards, downwards, and as it came. */
function nextSorting(before: Sorting | null, id: string): Sorting | null {
  if (before?.id !== id) return { id, desc: false };
  return before.desc ? null : { id, desc: true };
}

/** What has no value stands last, whichever way. */
function sorted<Row>(
  rows: readonly Row[],
  columns: readonly DataColumn<Row>[],
  sorting: Sorting | null,
): readonly Row[] {
  const valueOf = columns.find(({ id }) => id === sorting?.id)?.sortBy;
  if (sorting === null || valueOf === undefined) return rows;
  const way = sorting.desc ? -1 : 1;
  return [...rows].sort((first, second) => {
    const [a, b] = [valueOf(first), valueOf(second)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return (
      way *
      (typeof a === 'number' && typeof b === 'number'
        ? a - b
        : String(a).localeCompare(String(b), 'en', { numeric: true }))
    );
  });
}

/** Drawn again only when the row is another: a list that grows at its top moves its rows, and no more. */
const Cells = memo(function Cells<Row>({
  row,
  columns,
}: {
  readonly row: Row;
  readonly columns: readonly DataColumn<Row>[];
}) {
  return columns.map((column) => {
    const content = column.cell(row);
    return (
      <div
        key={column.id}
        role="cell"
        className={classes['cell']}
        data-align={column.align}
        data-wraps={column.wraps || undefined}
        data-label={column.header}
        data-phone={column.phone}
        data-blank={content === NOTHING || content === false || content === null || undefined}
      >
        {content}
      </div>
    );
  });
}) as <Row>(props: { readonly row: Row; readonly columns: readonly DataColumn<Row>[] }) => ReactNode;

/** Below this the table scrolls sideways; long texts in it do not count, they are cut. */
function leastWidth(tracks: readonly string[]): number {
  return tracks.reduce((sum, track) => sum + Number(/(\d+)px/.exec(track)?.[1] ?? 80), 0);
}

interface HeaderCellProps {
  readonly column: { readonly header: string; readonly align?: 'start' | 'end'; readonly sortBy?: unknown };
  readonly sorted: { readonly desc: boolean } | undefined;
  readonly onSort: () => void;
}

function HeaderCell({ column, sorted, onSort }: HeaderCellProps) {
  const order = sorted === undefined ? 'none' : sorted.desc ? 'descending' : 'ascending';
  return (
    <div
      role="columnheader"
      aria-sort={column.sortBy === undefined ? undefined : order}
      className={classes['cell']}
      data-align={column.align}
    >
      {column.sortBy === undefined ? (
        column.header || <span className="visually-hidden">Actions</span>
      ) : (
        <button type="button" className={classes['sort']} onClick={onSort}>
          {column.header}
          {sorted &&
            (sorted.desc ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
        </button>
      )}
    </div>
  );
}

/** A click on a control within a row is the control's. A selection of text opens nothing either. */
function isControl(target: EventTarget): boolean {
  if (window.getSelection()?.type === 'Range') return true;
  return target instanceof Element && target.closest('a, button, input, label, [role="menuitem"]') !== null;
}
