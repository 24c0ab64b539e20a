import { partText, type Selection } from '@portcullis/lens';
import { IconEyeOff } from '@tabler/icons-react';
import { useState } from 'react';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { Tag } from '../pieces/tag.js';
import { ValueActions } from './value-actions.js';
import classes from './value-tree.module.css';

export interface ValueTreeProps {
  /** The Lens field the value is of: `args`. */
  readonly field: string;
  readonly value: unknown;
  readonly onSelect: (field: string, value: string, selection: Selection) => void;
}

/** Entries of one object or list that are shown before a person asks for the rest. */
const SHOWN = 50;
const DEEPEST = 12;
/** What takes the place of a value that a rule removed before it was recorded. */
const REDACTED = /^\[redacted(?::[^\]]*)?\]$/i;

/** A JSON value with its parts, each of which can be filtered by. */
export function ValueTree({ field, value, onSelect }: ValueTreeProps) {
  return (
    <div className={classes['tree']}>
      <Branch field={field} path={[]} value={value} onSelect={onSelect} />
    </div>
  );
}

interface BranchProps extends ValueTreeProps {
  readonly path: readonly string[];
}

function Branch({ field, path, value, onSelect }: BranchProps) {
  const [all, showAll] = useState(false);
  if (typeof value !== 'object' || value === null || path.length >= DEEPEST)
    return <Leaf field={field} path={path} value={value} onSelect={onSelect} />;
  const entries = Object.entries(value);
  if (entries.length === 0)
    return <span className={classes['empty']}>{Array.isArray(value) ? 'empty list' : 'empty'}</span>;
  return (
    <ul className={classes['entries']}>
      {(all ? entries : entries.slice(0, SHOWN)).map(([key, inner]) => (
        <li key={key} className={classes['entry']}>
          <span className={classes['key']}>{visibleText(key, 80)}</span>
          <Branch field={field} path={[...path, key]} value={inner} onSelect={onSelect} />
        </li>
      ))}
      {!all && entries.length > SHOWN && (
        <li>
          <button type="button" className={classes['more']} onClick={() => showAll(true)}>
            {entries.length - SHOWN} more
          </button>
        </li>
      )}
    </ul>
  );
}

function Leaf({ field, path, value, onSelect }: BranchProps) {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  const name = path.length === 0 ? field : partText(field, path);
  if (typeof value === 'string' && REDACTED.test(value))
    return (
      <Tag
        tone="redact"
        icon={IconEyeOff}
        word={visibleText(value.slice(1, -1), 60)}
        title="A rule removed this value before it was recorded"
      />
    );
  return (
    <span className={classes['leaf']} data-type={value === null ? 'null' : typeof value}>
      <ForeignText text={text} mono longest={4_000} />
      <ValueActions field={name} value={value === null ? '' : text} onSelect={onSelect} />
    </span>
  );
}
