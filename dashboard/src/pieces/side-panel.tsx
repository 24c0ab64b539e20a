import { ActionIcon, Tooltip } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useShortcuts } from '../commands/use-shortcuts.js';
import classes from './side-panel.module.css';

interface SidePanelProps {
  /** What the panel shows, for those who hear it. */
  readonly label: string;
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Changes when the panel shows another thing: it then begins at its top. */
  readonly subject?: string;
}

/**
 * The drawer that opens beside a list. It leaves the list alive: j and k go on moving, Esc closes, and nothing below is
 * locked or dimmed.
 */
export function SidePanel({ label, title, actions, onClose, children, subject }: SidePanelProps) {
  const body = useRef<HTMLDivElement>(null);
  useShortcuts([{ keys: 'Escape', label: 'Close what is open', group: 'List', run: onClose }]);
  useEffect(() => {
    // In braces: in newer browsers scrolling gives a promise, and an effect must give nothing or how to undo it.
    body.current?.scrollTo(0, 0);
  }, [subject]);
  return (
    <aside className={classes['panel']} aria-label={label}>
      <header className={classes['header']}>
        <div className={classes['title']}>{title}</div>
        {actions}
        <Tooltip label="Close (Esc)">
          <ActionIcon aria-label="Close" onClick={onClose}>
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      </header>
      <div ref={body} className={classes['body']} tabIndex={0} role="region" aria-label={`${label}, content`}>
        {children}
      </div>
    </aside>
  );
}
