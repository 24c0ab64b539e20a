import type { Selection } from '@portcullis/lens';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type MouseEvent } from 'react';
import { visibleText } from '../pieces/hostile-text.js';
import { CellToolbar, type CellPlace } from './cell-toolbar.js';
import { cellText, type ShownColumn } from './result-cell.js';
import classes from './result-table.module.css';
import { ROW_HEIGHT, RowPool } from './row-pool.js';
import { textOf, type AuditRow } from './row-summary.js';
import { whatValue } from './rows-query.js';
import { measureAnew } from './text-width.js';
import { verdictRules } from './verdict-shapes.js';

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

const HEAD_HEIGHT = 28;
/** Rows before the end at which the next page is asked for: scrolling does not meet the end. */
const AHEAD = 120;
/** Places for rows that are on their way. */
const COMING = 8;
/** Pixels a pointer may move between press and release; more marks text. */
const STILL = 4;

/**
 * Where a click began. It opens that row, even if something else is under the pointer when it ends: the toolbar that just
 * came, or another row after new ones.
 */
interface Press {
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

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
  const head = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const pool = useRef<RowPool>(null);
  const asked = useRef<() => void>(undefined);
  const pressed = useRef<Press>({ index: -1, x: 0, y: 0 });
  const [place, setPlace] = useState<CellPlace | null>(null);
  const places = rows.length + (more ? COMING : 0);
  const template = useMemo(() => templateOf(columns), [columns]);
  const width = columns.reduce((sum, column) => sum + column.width, 0);

  const fill = useCallback(() => {
    const box = scroller.current;
    if (box === null || pool.current === null) return;
    const last = pool.current.scroll(box.scrollTop, box.clientHeight);
    if (!more || last < rows.length - AHEAD || asked.current === onMore) return;
    asked.current = onMore;
    onMore();
  }, [more, rows.length, onMore]);
  const show = useCallback(
    (measured = false) => {
      const widths = Array.from(head.current?.children ?? [], (cell) => cell.clientWidth);
      pool.current?.show({ rows, places, columns, template, zone, current, opens }, widths, measured);
      fill();
    },
    [rows, places, columns, template, zone, current, opens, fill],
  );

  useLayoutEffect(() => {
    if (body.current === null) return undefined;
    const { row = '', cell = '', verdict = '' } = classes;
    const made = (pool.current = new RowPool(body.current, { row, cell, verdict }));
    return () => made.clear();
  }, []);
  useLayoutEffect(() => wearVerdicts(), []);
  useLayoutEffect(() => measureIn(scroller.current), []);
  useLayoutEffect(() => show(), [show]);
  useEffect(() => {
    const box = scroller.current;
    if (box === null) return undefined;
    const measure = () => {
      measureIn(box);
      show(true);
    };
    const resized = new ResizeObserver(() => show());
    resized.observe(box);
    document.fonts.addEventListener('loadingdone', measure);
    return () => {
      resized.disconnect();
      document.fonts.removeEventListener('loadingdone', measure);
    };
  }, [show]);
  useEffect(() => {
    const box = scroller.current;
    if (current < 0 || box === null) return;
    const top = current * ROW_HEIGHT;
    const room = box.clientHeight - HEAD_HEIGHT - ROW_HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top > box.scrollTop + room) box.scrollTop = top - room;
  }, [current]);

  const hover = (event: MouseEvent) => {
    const found = pool.current?.placeOf(event.target);
    const column = columns[found?.column ?? -1];
    const row = rows[found?.index ?? -1];
    const cell = found?.cell;
    if (!cell || column === undefined || row === undefined) return;
    const named =
      column.kind === 'what' ? whatValue(row) : { field: column.name, value: textOf(row, column.name) };
    // Where it is asked for, and not on every cell that comes by.
    cell.title = cellText(row, column);
    setPlace((before) => (before?.cell === cell ? before : { cell, ...named }));
  };
  const rowAt = ({ target }: MouseEvent) => pool.current?.placeOf(target)?.index ?? -1;
  const press = (event: MouseEvent) => {
    const { index: began, x, y } = pressed.current;
    const still = Math.hypot(event.clientX - x, event.clientY - y) <= STILL;
    // A click that no pointer made, as what reads the page aloud makes it, was not pressed before.
    const index = event.detail === 0 ? rowAt(event) : still ? began : -1;
    if (rows[index] === undefined) return;
    if (opens) onOpen(index);
    else onCurrent(index);
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
      onMouseDown={(event) => {
        pressed.current = { index: rowAt(event), x: event.clientX, y: event.clientY };
      }}
      onClick={press}
      onMouseOver={hover}
      onMouseLeave={() => setPlace(null)}
      onScroll={() => {
        fill();
        setPlace(null);
      }}
    >
      <div
        ref={head}
        className={classes['head']}
        role="row"
        aria-rowindex={1}
        style={{ gridTemplateColumns: template, minWidth: width }}
      >
        {columns.map(({ name, heading, kind }) => (
          <div
            key={name}
            role="columnheader"
            className={classes['heading']}
            data-kind={kind}
            title={visibleText(name, 200)}
          >
            {visibleText(heading, 200)}
          </div>
        ))}
      </div>
      <div
        ref={body}
        role="rowgroup"
        className={classes['rows']}
        style={{ height: places * ROW_HEIGHT, minWidth: width }}
      />
      {place !== null && scroller.current !== null && (
        <CellToolbar place={place} within={scroller.current} onSelect={onSelect} />
      )}
    </div>
  );
}

/** Texts are as wide as in the heaviest weight that cells have. */
function measureIn(box: HTMLElement | null): void {
  if (box === null) return;
  const { fontSize, fontFamily } = getComputedStyle(box);
  measureAnew(`550 ${fontSize} ${fontFamily}`);
}

/** The rules of the verdicts, for as long as a table stands. */
function wearVerdicts(): () => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(verdictRules(classes['verdict'] ?? ''));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
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
