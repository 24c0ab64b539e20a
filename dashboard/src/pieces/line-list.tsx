import type { ReactNode } from 'react';
import classes from './line-list.module.css';

/** A short list of things, one a line in a frame: too few for a table, with what can be done to each at its end. */
export function LineList({ children }: { children: ReactNode }) {
  return <ul className={classes['list']}>{children}</ul>;
}

/** What the line is about; takes the room that is left. */
export function LineSubject({ children, title }: { children: ReactNode; title?: string }) {
  return (
    <span className={classes['what']} title={title}>
      {children}
    </span>
  );
}

export function Quiet({ children }: { children: ReactNode }) {
  return <span className={classes['quiet']}>{children}</span>;
}
