import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { shortId } from './short-id-text.js';
import classes from './short-id.module.css';
import { visibleText } from './hostile-text.js';

/** An id: short, monospaced, copyable whole. `link` turns the short form into a link to what it names. */
export function ShortId({
  id,
  label = 'id',
  link,
}: {
  id: string;
  label?: string;
  link?: (short: string) => ReactNode;
}) {
  const short = shortId(visibleText(id));
  return (
    <span className={classes['id']}>
      <Tooltip label={visibleText(id)} className={classes['whole']}>
        <span>{link ? link(short) : short}</span>
      </Tooltip>
      <CopyAction value={id} label={`Copy ${label}`} />
    </span>
  );
}

export function CopyAction({ value, label }: { value: string; label: string }) {
  return (
    <CopyButton value={value} timeout={1_500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : label}>
          <ActionIcon
            size="xs"
            aria-label={copied ? 'Copied' : label}
            onClick={(event) => {
              event.stopPropagation();
              copy();
            }}
          >
            {copied ? <IconCheck size={13} /> : <IconCopy size={13} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
