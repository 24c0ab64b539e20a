import type { Selection } from '@portcullis/lens';
import { ForeignText } from '../pieces/foreign-text.js';
import { bytesText } from './result-cell.js';
import classes from './row-drawer.module.css';
import { textOf, type AuditRow } from './row-summary.js';
import { ValueActions } from './value-actions.js';

/** Fields of a row that hold something, each with what can be done with its value. */
export function FieldList({
  row,
  fields,
  onSelect,
}: {
  readonly row: AuditRow;
  readonly fields: readonly string[];
  readonly onSelect: (field: string, value: string, selection: Selection) => void;
}) {
  const present = fields.filter((field) => !['', '0'].includes(textOf(row, field)));
  if (present.length === 0) return null;
  return (
    <dl className={classes['fields']}>
      {present.map((field) => (
        <div key={field} className={classes['field']}>
          <dt>{field}</dt>
          <dd>
            <ForeignText
              text={field.startsWith('bytes_') ? bytesText(Number(row[field])) : textOf(row, field)}
              longest={500}
            />
            <ValueActions field={field} value={textOf(row, field)} onSelect={onSelect} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
