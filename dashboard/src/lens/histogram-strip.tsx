import { Skeleton } from '@mantine/core';
import { useMemo } from 'react';
import { histogramData } from './chart-data.js';
import classes from './histogram-strip.module.css';
import type { Histogram, LensRun } from './lens-requests.js';
import { TimeChart } from './time-chart.js';
import { decisionColour, DECISION_ORDER } from './line-colours.js';

export interface HistogramStripProps {
  readonly histogram: (Histogram & { readonly run: LensRun }) | undefined;
  /** Whether the last question for it failed. */
  readonly failed: boolean;
  readonly zone: string;
  readonly onBrush: (from: number, to: number) => void;
}

const HEIGHT = 96;

/** Rows over time by decision; drawing over a span narrows the time to it. */
export function HistogramStrip({ histogram, failed, zone, onBrush }: HistogramStripProps) {
  const data = useMemo(
    () =>
      histogram &&
      histogramData(
        histogram.buckets,
        { from: Date.parse(histogram.run.from), to: Date.parse(histogram.run.to) },
        histogram.everySeconds,
        DECISION_ORDER,
      ),
    [histogram],
  );
  if ((histogram === undefined || data === undefined) && failed)
    return <div className={classes['failed']}>No counts over time</div>;
  if (histogram === undefined || data === undefined) return <Skeleton height={HEIGHT + 22} radius="sm" />;
  const totals = data.lines.map(({ label, values }) => ({
    label,
    total: values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
  }));
  const sum = totals.reduce((all, { total }) => all + total, 0);
  return (
    <div className={classes['strip']}>
      <TimeChart
        data={data}
        kind="bars"
        height={HEIGHT}
        zone={zone}
        colourOf={decisionColour}
        onBrush={onBrush}
        label={`${sum.toLocaleString('en')} rows over time: ${totals.map(({ label, total }) => `${label || 'other events'} ${total.toLocaleString('en')}`).join(', ') || 'none'}`}
      />
      <div className={classes['legend']}>
        <strong>
          {sum.toLocaleString('en')} {sum === 1 ? 'row' : 'rows'}
        </strong>
        {totals.map(({ label, total }) => (
          <span key={label} className={classes['item']}>
            <span
              className={classes['swatch']}
              style={{ background: `light-dark(${decisionColour(label).join(', ')})` }}
              aria-hidden
            />
            {label || 'other events'} {total.toLocaleString('en')}
          </span>
        ))}
        <span className={classes['step']}>{stepText(histogram.everySeconds)} a bar</span>
      </div>
    </div>
  );
}

/** `30 s`, `5 min`, `3 h`, `7 d`: steps are whole. */
function stepText(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
