import { durationText } from '../pieces/time-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import type { AuditRow } from './row-summary.js';
import { textOf } from './row-summary.js';
import { WHAT, whatOf } from './rows-query.js';

export interface ShownColumn {
  /** As the query writes it. */
  readonly name: string;
  readonly heading: string;
  readonly kind: 'time' | 'verdict' | 'outcome' | 'what' | 'ms' | 'bytes' | 'number' | 'text';
  /** Least width in pixels. */
  readonly width: number;
  /** Share of what is left over; 0 keeps the width. */
  readonly grow: number;
}

const WIDTHS: Readonly<Record<string, number>> = {
  time: 138,
  decision: 82,
  outcome: 88,
  [WHAT]: 120,
  connection: 88,
  agent: 78,
  user: 142,
  rule: 88,
  latency_ms: 70,
  upstream_ms: 76,
  policy_ms: 80,
  type: 110,
  method: 100,
  key: 100,
  client: 110,
  source_ip: 110,
  id: 270,
  trace: 270,
  session: 270,
  args: 240,
  result: 240,
  reason: 110,
};
const HEADINGS: Readonly<Record<string, string>> = {
  [WHAT]: 'what',
  latency_ms: 'latency',
  upstream_ms: 'upstream',
  policy_ms: 'policy time',
};

export function shownColumn(name: string, type = 'string', unit?: string): ShownColumn {
  const kind =
    name === 'time' || type === 'time'
      ? 'time'
      : name === 'decision'
        ? 'verdict'
        : name === 'outcome'
          ? 'outcome'
          : name === WHAT
            ? 'what'
            : unit === 'ms' || /^(latency|upstream|policy)_ms$/.test(name)
              ? 'ms'
              : unit === 'bytes' || /^bytes_(in|out)$/.test(name)
                ? 'bytes'
                : type === 'number'
                  ? 'number'
                  : 'text';
  const grow = kind === 'what' ? 1.5 : kind === 'text' ? 1 : 0;
  return {
    name,
    heading: HEADINGS[name] ?? name,
    kind,
    width: WIDTHS[name] ?? (kind === 'text' ? 140 : 110),
    grow,
  };
}

/** What a cell says, on one line. */
export function cellText(row: AuditRow, { name, kind }: ShownColumn): string {
  if (kind === 'what') return visibleText(whatOf(row), 200);
  const value = row[name];
  if (value === null || value === undefined || value === '') return '';
  switch (kind) {
    case 'ms':
      return Number(value) === 0 ? '' : durationText(Number(value));
    case 'bytes':
      return Number(value) === 0 ? '' : bytesText(Number(value));
    case 'number':
      return Number(value).toLocaleString('en', { maximumFractionDigits: 3 });
    default:
      return visibleText(textOf(row, name), 300);
  }
}

/** `980 B`, `12 kB`, `3.4 MB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}
