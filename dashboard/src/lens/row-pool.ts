import { cellText, type ShownColumn } from './result-cell.js';
import { poolSize, shownFrom } from './recycled-rows.js';
import type { AuditRow } from './row-summary.js';
import { fits } from './text-width.js';
import { shapeOf } from './verdict-shapes.js';
import { zoneClock } from './zone-clock.js';

export const ROW_HEIGHT = 30;
/** Rows above and below those in sight that are filled too. */
const OVERSCAN = 8;
/** What stands left and right of a cell's text. */
const PADDING = 16;

export interface PoolView {
  readonly rows: readonly AuditRow[];
  /** Rows there are places for: more than `rows` while more are to come. */
  readonly places: number;
  readonly columns: readonly ShownColumn[];
  /** `grid-template-columns` of a row. */
  readonly template: string;
  readonly zone: string;
  readonly current: number;
  readonly opens: boolean;
}

interface Slot {
  readonly row: HTMLElement;
  readonly cells: readonly HTMLElement[];
  /** Where each cell's words stand: the cell itself, or the tag in it. */
  readonly words: readonly Text[];
  index: number;
  shown: AuditRow | undefined;
}

/**
 * The rows of a result that are on the page. They are made once for a set of columns; what is scrolled into sight is
 * written into those that went out of it. This is done without React, for which a frame of a list that is dragged is
 * too short, and touches of each element no more than what differs.
 */
export class RowPool {
  private slots: Slot[] = [];
  private columns: readonly ShownColumn[] = [];
  private widths: readonly number[] = [];
  private view: PoolView | undefined;

  constructor(
    private readonly body: HTMLElement,
    private readonly classes: { readonly row: string; readonly cell: string; readonly verdict: string },
  ) {}

  /**
   * Other rows, columns or a change of what is current. `widths`: of each column, as it stands on the page; `measured`: texts
   * are of another width than before.
   */
  show(view: PoolView, widths: readonly number[], measured = false): void {
    const before = this.view;
    if (view.columns !== this.columns || before?.template !== view.template) this.clear();
    const resized = widths.some((width, index) => width !== this.widths[index]);
    if (measured || resized || before?.zone !== view.zone || before.opens !== view.opens)
      for (const slot of this.slots) slot.shown = undefined;
    this.columns = view.columns;
    this.widths = widths;
    this.view = view;
  }

  /** Fills what is in sight; answers the last index of it. */
  scroll(top: number, height: number): number {
    const { view } = this;
    if (view === undefined) return 0;
    const inSight = Math.ceil(height / ROW_HEIGHT) + 1;
    const size = Math.min(poolSize(inSight + 2 * OVERSCAN), view.places);
    if (size !== this.slots.length) this.resize(size);
    const first = Math.floor(top / ROW_HEIGHT);
    const from = shownFrom(first - OVERSCAN, view.places, size);
    for (let index = from; index < from + size; index += 1) {
      const slot = this.slots[index % size];
      if (slot !== undefined) this.fill(slot, index, view);
    }
    return Math.min(first + inSight, view.places - 1);
  }

  /** The cell an event came from. */
  placeOf(
    target: EventTarget | null,
  ): { cell: HTMLElement | null; column: number; index: number } | undefined {
    if (!(target instanceof Node)) return undefined;
    const slot = this.slots.find(({ row }) => row.contains(target));
    if (slot === undefined) return undefined;
    const column = slot.cells.findIndex((cell) => cell.contains(target));
    return { cell: slot.cells[column] ?? null, column, index: slot.index };
  }

  clear(): void {
    this.slots = [];
    this.body.replaceChildren();
  }

  private resize(size: number): void {
    this.slots = Array.from({ length: size }, () => this.make());
    this.body.replaceChildren(...this.slots.map(({ row }) => row));
  }

  private make(): Slot {
    const row = document.createElement('div');
    row.className = this.classes.row;
    row.setAttribute('role', 'row');
    row.style.gridTemplateColumns = this.view?.template ?? '';
    const words: Text[] = [];
    const cells = this.columns.map(({ kind }) => {
      const cell = document.createElement('div');
      cell.className = this.classes.cell;
      cell.setAttribute('role', 'gridcell');
      cell.dataset['kind'] = kind;
      const text = document.createTextNode('');
      words.push(text);
      if (kind === 'verdict') {
        const tag = document.createElement('span');
        tag.className = this.classes.verdict;
        tag.append(text);
        cell.append(tag);
      } else cell.append(text);
      row.append(cell);
      return cell;
    });
    return { row, cells, words, index: -1, shown: undefined };
  }

  private fill(slot: Slot, index: number, view: PoolView): void {
    const shown = view.rows[index];
    const current = index === view.current;
    if (current !== (slot.row.ariaSelected === 'true') || slot.index < 0)
      slot.row.ariaSelected = String(current);
    if (
      slot.index === index &&
      slot.shown === shown &&
      (shown !== undefined || slot.row.ariaHidden === 'true')
    )
      return;
    const { row } = slot;
    if (slot.index !== index) {
      slot.index = index;
      row.id = `result-row-${index}`;
      row.setAttribute('aria-rowindex', String(index + 2));
      row.style.top = `${index * ROW_HEIGHT}px`;
    }
    row.toggleAttribute('data-opens', view.opens && shown !== undefined);
    if (shown === undefined) row.ariaHidden = 'true';
    else if (row.ariaHidden !== null) row.ariaHidden = null;
    // Nothing is known of what stands there when it was not shown in these columns' widths yet.
    const anew = slot.shown === undefined;
    slot.shown = shown;
    for (const [place, column] of this.columns.entries()) {
      const said = shown === undefined ? '' : cellText(shown, column);
      this.write(slot, place, column, column.kind === 'time' ? zoneClock(said, view.zone) : said, anew);
    }
  }

  private write(
    { cells, words }: Slot,
    place: number,
    { kind }: ShownColumn,
    next: string,
    anew: boolean,
  ): void {
    const cell = cells[place];
    const text = words[place];
    if (cell === undefined || text === undefined || (text.data === next && !anew)) return;
    if (text.data !== next) text.data = next;
    if (kind === 'verdict') {
      const tag = text.parentElement;
      const shape = shapeOf(next);
      if (tag !== null && tag.dataset['verdict'] !== shape) tag.dataset['verdict'] = shape;
    } else {
      const cut = !fits(next, (this.widths[place] ?? 0) - PADDING);
      if (cut !== cell.hasAttribute('data-cut')) cell.toggleAttribute('data-cut', cut);
    }
  }
}
