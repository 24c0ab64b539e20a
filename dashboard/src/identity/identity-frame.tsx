import { Paper } from '@mantine/core';
import type { ReactNode } from 'react';
import { useDocumentTitle } from '../pieces/use-document-title.js';
import { Logo } from '../shell/logo.js';
import classes from './identity-frame.module.css';

/** The quiet page before one is inside. */
export function IdentityFrame({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
}) {
  useDocumentTitle(title);
  return (
    <main className={classes['frame']}>
      <div className={classes['column']}>
        <Logo withName />
        <Paper withBorder radius="md" p="xl" className={classes['card']}>
          <h1 className={classes['title']}>{title}</h1>
          {lead !== undefined && <p className={classes['lead']}>{lead}</p>}
          {children}
        </Paper>
      </div>
    </main>
  );
}
