import { useCallback, useMemo } from 'react';
import classes from './answer-chart.module.css';
import { seriesData, tableBars } from './chart-data.js';
import { visibleText } from '../pieces/hostile-text.js';
import type { LensPage, LensRun } from './lens-requests.js';
import { durationText } from '../pieces/time-text.js';
import { TimeChart } from './time-chart.js';
import { lineColour } from './line-colours.js';

export interface AnswerChartProps {
  readonly page: LensPage;
  readonly run: LensRun;
  readonly zone: string;
  readonly onBrush: (from: number, to: number) => void;
}

/** Lines that are named beside the drawing. */
const NAMED = 12;

/** `timeseries` as lines, `stats` and `top` as bars; the figures are in the table below. */
export function AnswerChart({ page, run, zone, onBrush }: AnswerChartProps) {
  if (page.kind === 'series') return <SeriesChart page={page} run={run} zone={zone} onBrush={onBrush} />;
  return <TableBars page={page} />;
}

function SeriesChart({ page, run, zone, onBrush }: AnswerChartProps) {
  const data = useMemo(
    () =>
      seriesData(
        page.columns,
        page.rows,
        { from: Date.parse(run.from), to: Date.parse(run.to) },
        page.everySeconds ?? 60,
      ),
    [page, run],
  );
  const millis = page.columns.some(({ unit }) => unit === 'ms');
  const format = useCallback(
    (value: number) =>
      millis
        ? durationText(value)
        : new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value),
    [millis],
  );
  return (
    <div>
      <TimeChart
        data={data}
        kind="lines"
        height={220}
        zone={zone}
        colourOf={lineColour}
        onBrush={onBrush}
        format={format}
        label={`Over time: ${data.lines.map(({ label }) => visibleText(label, 60)).join(', ') || 'no rows'}`}
      />
      <div className={classes['legend']}>
        {data.lines.slice(0, NAMED).map(({ label }, index) => (
          <span key={label} className={classes['item']}>
            <span
              className={classes['swatch']}
              style={{ background: `light-dark(${lineColour(label, index).join(', ')})` }}
              aria-hidden
            />
            {visibleText(label, 60)}
          </span>
        ))}
        {data.lines.length > NAMED && <span>and {data.lines.length - NAMED} more, named in the table</span>}
      </div>
    </div>
  );
}

function TableBars({ page }: { readonly page: LensPage }) {
  const bars = useMemo(() => tableBars(page.columns, page.rows), [page]);
  if (bars.length < 2) return null;
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const unit = page.columns.find((column) => column.type === 'number' && /\)$/.test(column.name))?.unit;
  return (
    <ul className={classes['bars']} aria-label="Largest groups">
      {bars.map(({ label, value }, index) => (
        <li key={index} className={classes['bar']}>
          <span className={classes['label']} title={visibleText(label)}>
            {visibleText(label, 80)}
          </span>
          <span className={classes['track']} aria-hidden>
            <span className={classes['fill']} style={{ width: `${Math.max(0.3, (100 * value) / most)}%` }} />
          </span>
          <span className={classes['figure']}>
            {unit === 'ms' ? durationText(value) : value.toLocaleString('en', { maximumFractionDigits: 2 })}
          </span>
        </li>
      ))}
    </ul>
  );
}
