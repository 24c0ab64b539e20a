import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clockText, dateText } from '../pieces/time-text.js';
import { stacked, type ChartData } from './chart-data.js';
import classes from './time-chart.module.css';

export interface TimeChartProps {
  readonly data: ChartData;
  readonly kind: 'bars' | 'lines';
  readonly height: number;
  readonly zone: string;
  /** What the chart says, in words: read instead of the drawing. */
  readonly label: string;
  /** Colour of a line as a CSS colour for light and for dark. */
  readonly colourOf: (label: string, index: number) => readonly [light: string, dark: string];
  /** A span of time was drawn over; milliseconds. */
  readonly onBrush?: (from: number, to: number) => void;
  readonly format?: (value: number) => string;
}

const INK = { light: '#495057', dark: '#c1c2c5' } as const;
const GRID = { light: 'rgba(0,0,0,0.07)', dark: 'rgba(255,255,255,0.08)' } as const;

/** Figures over time: stacked bars or lines, drawn by uPlot; drawing over a span narrows the time. */
export function TimeChart({ data, kind, height, zone, label, colourOf, onBrush, format }: TimeChartProps) {
  const parent = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const brush = useRef(onBrush);
  useEffect(() => {
    brush.current = onBrush;
  });
  const aligned = useMemo((): UPlot.AlignedData => {
    const values = kind === 'bars' ? stacked(data.lines) : data.lines.map((line) => [...line.values]);
    // Bars are drawn from the top of the stack down, so that what is lower lies in front.
    return [[...data.seconds], ...(kind === 'bars' ? values.reverse() : values)] as UPlot.AlignedData;
  }, [data, kind]);
  const lines = useMemo(
    () =>
      kind === 'bars'
        ? data.lines.map((line, index) => ({ line, index })).reverse()
        : data.lines.map((line, index) => ({ line, index })),
    [data, kind],
  );

  useEffect(() => {
    const element = parent.current;
    if (element === null) return;
    const font = `11px ${getComputedStyle(element).fontFamily}`;
    const axis = (side: Partial<UPlot.Axis>): UPlot.Axis => ({
      stroke: INK[scheme],
      font,
      ticks: { show: false },
      grid: { stroke: GRID[scheme], width: 1 },
      ...side,
    });
    const every = (data.seconds[1] ?? 0) - (data.seconds[0] ?? 0) || 60;
    const plot = new UPlot(
      {
        width: element.clientWidth || 600,
        height,
        tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), zone),
        padding: [6, 8, 0, 0],
        legend: { show: false },
        cursor: {
          drag: { x: brush.current !== undefined, y: false, setScale: false },
          points: { show: kind === 'lines' },
          y: false,
        },
        scales: {
          x: {
            time: true,
            range: (_, min, max) => [min, kind === 'bars' ? max + every : Math.max(max, min + every)],
          },
          y: { range: (_, __, max) => [0, Math.max(1, max * 1.05)] },
        },
        axes: [
          axis({
            size: 26,
            space: 70,
            grid: { show: false },
            values: (_, splits, __, ___, step) =>
              splits.map((split, index) => timeLabel(split, splits[index - 1], step, zone)),
          }),
          axis({
            size: 48,
            values: (_, splits) => splits.map((split) => (format ? format(split) : compact(split))),
          }),
        ],
        series: [
          {},
          ...lines.map(({ line, index }): UPlot.Series => {
            const colour = colourOf(line.label, index)[scheme === 'dark' ? 1 : 0];
            return kind === 'bars'
              ? {
                  label: line.label,
                  fill: colour,
                  stroke: colour,
                  width: 0,
                  points: { show: false },
                  ...(UPlot.paths.bars
                    ? { paths: UPlot.paths.bars({ align: 1, size: [0.86, 40], gap: 1 }) }
                    : {}),
                }
              : {
                  label: line.label,
                  stroke: colour,
                  width: 1.5,
                  points: { show: data.seconds.length < 40, size: 4 },
                };
          }),
        ],
        hooks: {
          setSelect: [
            (self) => {
              const { left, width } = self.select;
              if (width < 4) return;
              const [from, to] = [self.posToVal(left, 'x'), self.posToVal(left + width, 'x')];
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              brush.current?.(Math.floor(from * 1000), Math.ceil(to * 1000));
            },
          ],
        },
      },
      aligned,
      element,
    );
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [aligned, lines, data, kind, height, zone, scheme, colourOf, format]);

  return (
    <div
      ref={parent}
      className={classes['chart']}
      style={{ height }}
      role="img"
      aria-label={label}
      data-brush={onBrush !== undefined || undefined}
    />
  );
}

/** 12k, 3.4M: what fits beside an axis. */
function compact(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** What stands below the axis: the clock, and the day where it begins. */
function timeLabel(seconds: number, before: number | undefined, step: number, zone: string): string {
  const [day, clock] = [dateText(new Date(seconds * 1000), zone), clockText(new Date(seconds * 1000), zone)];
  const newDay = before === undefined || dateText(new Date(before * 1000), zone) !== day;
  if (step >= 86_400) return day.slice(5);
  const time = step < 60 ? clock : clock.slice(0, 5);
  return newDay ? `${day.slice(5)} ${time}` : time;
}
