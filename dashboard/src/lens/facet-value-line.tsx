import { ActionIcon, Tooltip } from '@mantine/core';
import type { Selection } from '@portcullis/lens';
import { IconCheck, IconMinus } from '@tabler/icons-react';
import classes from './facet-column.module.css';
import { visibleText } from '../pieces/hostile-text.js';

export interface FacetValueLineProps {
  readonly field: string;
  readonly value: string;
  readonly count: number;
  /** Of the most frequent value, 0 to 1. */
  readonly share: number;
  readonly selection: Selection | undefined;
  readonly onSelect: (field: string, value: string, selection: Selection) => void;
}

/** One value with its count: pressed, it is asked for; its minus leaves it out. */
export function FacetValueLine({ field, value, count, share, selection, onSelect }: FacetValueLineProps) {
  const text = value === '' ? '(none)' : visibleText(value, 120);
  return (
    <div className={classes['line']} data-selection={selection}>
      <button
        type="button"
        className={classes['value']}
        aria-pressed={selection === 'include'}
        title={text}
        onClick={() => onSelect(field, value, 'include')}
      >
        <span className={classes['fill']} style={{ transform: `scaleX(${share})` }} aria-hidden />
        <span className={classes['mark']} aria-hidden>
          {selection === 'include' && <IconCheck size={11} />}
          {selection === 'exclude' && <IconMinus size={11} />}
        </span>
        <span className={classes['text']} data-none={value === '' || undefined}>
          {text}
        </span>
        <span className={classes['count']}>{count.toLocaleString('en')}</span>
      </button>
      <Tooltip label={selection === 'exclude' ? 'No longer leave out' : 'Leave out'}>
        <ActionIcon
          size="xs"
          variant="subtle"
          color="gray"
          className={classes['exclude']}
          aria-pressed={selection === 'exclude'}
          aria-label={`Leave out ${field} ${text}`}
          onClick={() => onSelect(field, value, 'exclude')}
        >
          <IconMinus size={12} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
