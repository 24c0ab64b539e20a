import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { isFilterable, type Selection } from '@portcullis/lens';
import { IconCheck, IconCopy, IconFilter, IconFilterX } from '@tabler/icons-react';
import { visibleText } from '../pieces/hostile-text.js';
import classes from './value-actions.module.css';

export interface ValueActionsProps {
  readonly field: string;
  readonly value: string;
  readonly onSelect: (field: string, value: string, selection: Selection) => void;
}

/** What can be done with any value on the page: ask for it, leave it out, copy it. */
export function ValueActions({ field, value, onSelect }: ValueActionsProps) {
  const shown = visibleText(field, 120);
  const name = value === '' ? `${shown} missing` : `${shown} ${visibleText(value, 60)}`;
  return (
    <span className={classes['actions']}>
      {isFilterable(field) && (
        <>
          <Tooltip label="Only these">
            <ActionIcon
              size="xs"
              variant="subtle"
              color="gray"
              aria-label={`Only ${name}`}
              onClick={() => onSelect(field, value, 'include')}
            >
              <IconFilter size={13} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Without these">
            <ActionIcon
              size="xs"
              variant="subtle"
              color="gray"
              aria-label={`Without ${name}`}
              onClick={() => onSelect(field, value, 'exclude')}
            >
              <IconFilterX size={13} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
      {value !== '' && (
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? 'Copied' : 'Copy'}>
              <ActionIcon
                size="xs"
                variant="subtle"
                color={copied ? 'teal' : 'gray'}
                aria-label={`Copy ${name}`}
                onClick={copy}
              >
                {copied ? <IconCheck size={13} /> : <IconCopy size={13} />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      )}
    </span>
  );
}
