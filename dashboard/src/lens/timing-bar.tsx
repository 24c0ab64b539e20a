import { durationText } from '../pieces/time-text.js';
import type { AuditRow } from './row-summary.js';
import { rowTimings } from './row-timings.js';
import classes from './timing-bar.module.css';

/** Where the time of a call went, as one bar and in words. */
export function TimingBar({ row }: { readonly row: AuditRow }) {
  const { totalMs, parts } = rowTimings(row);
  if (parts.length === 0) return null;
  return (
    <div className={classes['timing']}>
      <div className={classes['bar']} aria-hidden>
        {parts.map(({ name, share }) => (
          <span
            key={name}
            className={classes['part']}
            data-part={name}
            style={{ width: `${share * 100}%` }}
          />
        ))}
      </div>
      <ul className={classes['legend']}>
        {parts.map(({ name, label, ms }) => (
          <li key={name}>
            <span className={classes['swatch']} data-part={name} aria-hidden /> {label} {durationText(ms)}
          </li>
        ))}
        <li className={classes['total']}>{durationText(totalMs)} in all</li>
      </ul>
    </div>
  );
}
