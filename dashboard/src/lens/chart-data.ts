import type { AuditRow } from './row-summary.js';

/** Lines or stacks over one axis of time, as uPlot takes them: seconds, and one value a line for each. */
export interface ChartData {
  readonly seconds: readonly number[];
  readonly lines: readonly ChartLine[];
}

export interface ChartLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

export interface Bucket {
  readonly time: string;
  readonly total: number;
  readonly decisions: Readonly<Record<string, number>>;
}

/** Buckets people can draw; a range of more is cut wrong somewhere. */
const MOST_BUCKETS = 2_500;

/** Every bucket of the range, empty ones too, a line for each decision that occurs; in the order given. */
export function histogramData(
  buckets: readonly Bucket[],
  range: { readonly from: number; readonly to: number },
  everySeconds: number,
  order: readonly string[],
): ChartData {
  const seconds = bucketStarts(range, everySeconds);
  const byTime = new Map(buckets.map((bucket) => [Date.parse(bucket.time) / 1000, bucket.decisions]));
  const occurring = new Set(buckets.flatMap((bucket) => Object.keys(bucket.decisions)));
  const labels = [
    ...order.filter((name) => occurring.has(name)),
    ...[...occurring].filter((name) => !order.includes(name)),
  ];
  return {
    seconds,
    lines: labels.map((label) => ({
      label,
      values: seconds.map((second) => byTime.get(second)?.[label] ?? 0),
    })),
  };
}

function bucketStarts(
  { from, to }: { readonly from: number; readonly to: number },
  everySeconds: number,
): number[] {
  const first = Math.floor(from / 1000 / everySeconds) * everySeconds;
  const count = Math.min(MOST_BUCKETS, Math.max(1, Math.ceil((to / 1000 - first) / everySeconds)));
  return Array.from({ length: count }, (_, index) => first + index * everySeconds);
}

/** Each line on top of those before it, so that the last is the sum. */
export function stacked(lines: readonly ChartLine[]): number[][] {
  const sums: number[][] = [];
  for (const { values } of lines) {
    const below = sums.at(-1);
    sums.push(values.map((value, index) => (value ?? 0) + (below?.[index] ?? 0)));
  }
  return sums;
}

export interface AnswerColumn {
  readonly name: string;
  readonly type: string;
  readonly unit?: string | undefined;
}

/**
 * The answer of `timeseries`: a line for each group and aggregate. Counts and rates are 0 where there are no rows; anything
 * else has no value there.
 */
export function seriesData(
  columns: readonly AnswerColumn[],
  rows: readonly AuditRow[],
  range: { readonly from: number; readonly to: number },
  everySeconds: number,
): ChartData {
  const seconds = bucketStarts(range, everySeconds);
  const place = new Map(seconds.map((second, index) => [second, index]));
  const aggregates = columns.filter((column) => column.type === 'number');
  const group = columns.find((column) => column.type !== 'number' && column.name !== 'time');
  const lines = new Map<string, (number | null)[]>();
  for (const row of rows) {
    const at = place.get(Math.floor(Date.parse(String(row['time'])) / 1000));
    if (at === undefined) continue;
    for (const { name } of aggregates) {
      const groupName = group === undefined ? '' : String(row[group.name] ?? '') || '(none)';
      const label =
        group === undefined ? name : aggregates.length === 1 ? groupName : `${groupName} · ${name}`;
      const empty = /^(count|rate|sum)\(/.test(name) ? 0 : null;
      const values = lines.get(label) ?? Array.from({ length: seconds.length }, () => empty as number | null);
      const found = row[name];
      values[at] =
        typeof found === 'number' ? found : found === null || found === undefined ? empty : Number(found);
      lines.set(label, values);
    }
  }
  return { seconds, lines: [...lines].map(([label, values]) => ({ label, values })) };
}

export interface Bar {
  readonly label: string;
  readonly value: number;
}

/** A table of `stats` or `top` as bars of its first aggregate; nothing when it has no groups or no figures. */
export function tableBars(
  columns: readonly AnswerColumn[],
  rows: readonly AuditRow[],
  most = 12,
): readonly Bar[] {
  const aggregate = columns.find((column) => column.type === 'number' && /\)$/.test(column.name));
  const groups = columns.filter((column) => !/\)$/.test(column.name));
  if (aggregate === undefined || groups.length === 0) return [];
  return rows.slice(0, most).map((row) => ({
    label: groups.map(({ name }) => String(row[name] ?? '') || '(none)').join(' · '),
    value: Number(row[aggregate.name] ?? 0) || 0,
  }));
}
