import { VERDICTS, type Verdict } from '../theme/verdict-colours.js';
import classes from './live.module.css';

const HEIGHT = 44;

/** What was called before the page was opened. */
export type PastCalls = 'none' | 'coming' | 'failed' | 'shown';

const UNKNOWN: Record<Exclude<PastCalls, 'shown'>, string> = {
  none: 'since this page was opened',
  coming: 'looking back…',
  failed: 'the calls before this page was opened are not known',
};

/** Calls a minute by verdict, the newest at the right. */
export function VerdictStrip({
  minutes,
  past,
}: {
  readonly minutes: readonly Readonly<Record<Verdict, number>>[];
  /** What is known of the time before the page was opened: without it an empty minute says nothing. */
  readonly past: PastCalls;
}) {
  const sums = minutes.map((minute) => VERDICTS.reduce((sum, verdict) => sum + minute[verdict], 0));
  const most = Math.max(1, ...sums);
  const totals = VERDICTS.map(
    (verdict) => [verdict, minutes.reduce((sum, minute) => sum + minute[verdict], 0)] as const,
  ).filter(([, count]) => count > 0);
  const words = totals.map(([verdict, count]) => `${count} ${verdict}`).join(', ') || 'none';
  return (
    <figure className={classes['strip']}>
      <svg
        viewBox={`0 0 ${minutes.length * 10} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Calls of the last ${minutes.length} minutes: ${words}`}
      >
        {minutes.map((minute, index) => {
          let top = HEIGHT;
          return VERDICTS.map((verdict) => {
            const height = (minute[verdict] / most) * HEIGHT;
            top -= height;
            return (
              height > 0 && (
                <rect
                  key={`${index}-${verdict}`}
                  x={index * 10 + 1}
                  y={top}
                  width={8}
                  height={height}
                  fill={`var(--tone-${verdict}-mark)`}
                />
              )
            );
          });
        })}
      </svg>
      <figcaption className={classes['caption']}>
        <span>Last {minutes.length} minutes</span>
        {totals.map(([verdict, count]) => (
          <span key={verdict} className={classes['key']}>
            <span
              className={classes['swatch']}
              style={{ background: `var(--tone-${verdict}-mark)` }}
              aria-hidden
            />{' '}
            {verdict} {count.toLocaleString('en')}
          </span>
        ))}
        {past !== 'shown' ? <span>{UNKNOWN[past]}</span> : totals.length === 0 && <span>no calls</span>}
        <span className={classes['rate']}>{(sums.at(-1) ?? 0).toLocaleString('en')} this minute</span>
      </figcaption>
    </figure>
  );
}
