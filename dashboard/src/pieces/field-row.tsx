import type { ReactNode } from 'react';
import classes from './field-row.module.css';

/** Fields side by side, their boxes in one line; below each other where there is no room. */
export function FieldRow({ children }: { readonly children: ReactNode }) {
  return <div className={classes['row']}>{children}</div>;
}
