import { Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { Selection } from '@portcullis/lens';
import { memo, useEffect, useMemo, useRef, useState, type MouseEvent } from 'react';
import { VerdictBadge } from '../pieces/verdict-badge.js';
import { CellToolbar, type CellPlace } from './cell-toolbar.js';
import { cellText, type ShownColumn } from './result-cell.js';
import classes from './result-table.module.css';
import { poolSize, recycled } from './recycled-rows.js';
import { textOf, type AuditRow } from './row-summary.js';
import { whatValue } from './rows-query.js';
import { zoneClock } from './zone-clock.js';

export interface ResultTableProps {
  readonly rows: readonly AuditRow[];
  readonly columns: readonly ShownColumn[];
  readonly zone: string;
  /** Index of the row the keys are on; -1 for none. */
  readonly current: number;
  /** Whether the rows are events that open; groups of `stats` do not. */
  readonly opens: boolean;
  readonly more: boolean;
  readonly onMore: () => void;
  readonly onCurrent: (index: number) => void;
  readonly onOpen: (index: number) => void;
  readonly onSelect: (field: string, value: string, selection: Selection) => void;
}

const ROW_HEIGHT = 30;
/** Rows before the end at which the next page is asked for: scrolling does not meet the end. */
const AHEAD = 120;
/** The rows of an answer, as many as there are: only those in sight are on the page. */
export function ResultTable({
  rows,
  columns,
  zone,
  current,
  opens,
  more,
  onMore,
  onCurrent,
  onOpen,
  onSelect,
}: ResultTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<CellPlace | null>(null);
  const virtual = useVirtualizer({
    count: rows.length + (more ? 8 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const pool = poolSize(items.length);
  useEffect(() => {
    if (more && last >= rows.length - AHEAD) onMore();
  }, [more, last, rows.length, onMore]);
  useEffect(() => {
    if (current >= 0) virtual.scrollToIndex(current, { align: 'auto' });
  }, [current, virtual]);

  const template = useMemo(() => templateOf(columns), [columns]);
  const width = columns.reduce((sum, column) => sum + column.width, 0);

  const hover = (event: MouseEvent) => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-column]');
    const index = Number(cell?.dataset['row']);
    const column = columns.find(({ name }) => name === cell?.dataset['column']);
    const row = rows[index];
    if (cell === null || column === undefined || row === undefined) return;
    const named =
      column.kind === 'what' ? whatValue(row) : { field: column.name, value: textOf(row, column.name) };
    setPlace((before) => (before?.cell === cell ? before : { cell, ...named }));
  };

  return (
    <div
      ref={scroller}
      className={classes['scroller']}
      role="grid"
      tabIndex={0}
      aria-label="Result"
      aria-rowcount={more ? -1 : rows.length + 1}
      aria-colcount={columns.length}
      {...(current >= 0 ? { 'aria-activedescendant': `result-row-${current}` } : {})}
      onMouseOver={hover}
      onMouseLeave={() => setPlace(null)}
      onScroll={() => setPlace(null)}
    >
      <div
        className={classes['head']}
        role="row"
        aria-rowindex={1}
        style={{ gridTemplateColumns: template, minWidth: width }}
      >
        {columns.map(({ name, heading, kind }) => (
          <div key={name} role="columnheader" className={classes['heading']} data-kind={kind} title={name}>
            {heading}
          </div>
        ))}
      </div>
      <div
        role="rowgroup"
        className={classes['rows']}
        style={{ height: virtual.getTotalSize(), minWidth: width }}
      >
        {recycled(items, rows.length + (more ? 8 : 0), pool).map((index) => {
          const row = rows[index];
          const start = index * ROW_HEIGHT;
          return row === undefined ? (
            <div key={index % pool} className={classes['row']} role="row" style={{ top: start }} aria-hidden>
              <Skeleton height={12} radius="sm" mx={8} />
            </div>
          ) : (
            <ResultRow
              key={index % pool}
              index={index}
              top={start}
              row={row}
              columns={columns}
              zone={zone}
              template={template}
              current={index === current}
              opens={opens}
              onCurrent={onCurrent}
              onOpen={onOpen}
            />
          );
        })}
      </div>
      {place !== null && scroller.current !== null && (
        <CellToolbar place={place} within={scroller.current} onSelect={onSelect} />
      )}
    </div>
  );
}

/** Widths of the columns; one takes what is left over, whatever was chosen. */
function templateOf(columns: readonly ShownColumn[]): string {
  const fills = columns.some(({ grow }) => grow > 0) ? -1 : columns.length - 1;
  return columns
    .map(({ width, grow }, index) =>
      grow > 0 || index === fills ? `minmax(${width}px, ${grow || 1}fr)` : `${width}px`,
    )
    .join(' ');
}

interface ResultRowProps extends Pick<
  ResultTableProps,
  'columns' | 'zone' | 'opens' | 'onCurrent' | 'onOpen'
> {
  readonly index: number;
  readonly top: number;
  readonly row: AuditRow;
  readonly template: string;
  readonly current: boolean;
}

const ResultRow = memo(function ResultRow({
  index,
  top,
  row,
  columns,
  zone,
  template,
  current,
  opens,
  onCurrent,
  onOpen,
}: ResultRowProps) {
  return (
    <div
      id={`result-row-${index}`}
      className={classes['row']}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={current}
      data-opens={opens || undefined}
      style={{ top, gridTemplateColumns: template }}
      onClick={() => (opens ? onOpen(index) : onCurrent(index))}
    >
      {columns.map((column) => (
        <div
          key={column.name}
          role="gridcell"
          className={classes['cell']}
          data-kind={column.kind}
          data-column={column.name}
          data-row={index}
        >
          <Cell row={row} column={column} zone={zone} />
        </div>
      ))}
    </div>
  );
});

function Cell({
  row,
  column,
  zone,
}: {
  readonly row: AuditRow;
  readonly column: ShownColumn;
  readonly zone: string;
}) {
  const text = cellText(row, column);
  if (column.kind === 'time') {
    return (
      <time dateTime={text} title={text}>
        {zoneClock(text, zone)}
      </time>
    );
  }
  if (column.kind === 'verdict') return text === '' ? null : <VerdictBadge verdict={text} />;
  return <bdi title={text.length > 12 ? text : undefined}>{text}</bdi>;
}
