import type { ReactNode } from 'react';
import classes from './facts.module.css';

type NamedValues = readonly (readonly [name: string, value: ReactNode])[];

/** Names and what they stand for, one a line. What is null or undefined is left out. */
export function Facts({ facts }: { facts: NamedValues }) {
  return <Pairs pairs={facts} className={classes['facts']} />;
}

/** A few figures side by side, each below its name. What is null or undefined is left out. */
export function Figures({ figures }: { figures: NamedValues }) {
  return <Pairs pairs={figures} className={classes['figures']} />;
}

function Pairs({ pairs, className }: { pairs: NamedValues; className: string | undefined }) {
  return (
    <dl className={className}>
      {pairs
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
