import type { Selection } from '@portcullis/lens';
import classes from './result-table.module.css';
import { ValueActions } from './value-actions.js';

export interface CellPlace {
  readonly cell: HTMLElement;
  readonly field: string;
  readonly value: string;
}

/** What can be done with the value under the pointer: one toolbar for the whole table, so that rows stay light. */
export function CellToolbar({
  place,
  within,
  onSelect,
}: {
  readonly place: CellPlace;
  readonly within: HTMLElement;
  readonly onSelect: (field: string, value: string, selection: Selection) => void;
}) {
  const cell = place.cell.getBoundingClientRect();
  const box = within.getBoundingClientRect();
  return (
    <div
      className={classes['toolbar']}
      onClick={(event) => event.stopPropagation()}
      style={{
        top: cell.top - box.top + within.scrollTop + 3,
        left: Math.min(cell.right, box.right) - box.left + within.scrollLeft,
      }}
    >
      <ValueActions field={place.field} value={place.value} onSelect={onSelect} />
    </div>
  );
}
