import { useId, type ReactNode } from 'react';
import classes from './section.module.css';

/** A part of a page below a heading of its own. */
export function Section({
  title,
  lead,
  children,
}: {
  readonly title: string;
  /** One quiet sentence below the heading. */
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={classes['section']} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {lead !== undefined && <p>{lead}</p>}
      {children}
    </section>
  );
}
