import { ProblemError } from '@portcullis/service';
import { z } from 'zod';

/** Widest range one query may cover: the longest retention class and a bit. */
const WIDEST_MS = 2_300 * 86_400_000;

/** RFC 3339, or relative to now: `now`, `now-15m`, `now-7d` (s, m, h, d, w). */
export const timeText = z
  .string()
  .max(40)
  .regex(
    /^(now(-\d{1,6}[smhdw])?|\d{4}-\d{2}-\d{2}([T ][0-9:.]+(Z|[+-]\d{2}:?\d{2})?)?)$/,
    'RFC 3339, or now-15m',
  );

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** The range in milliseconds; an empty or absurd one is refused. */
export function timeRange(from: string, to: string, now: number): TimeRange {
  const range = { from: instant(from, now, '/from'), to: instant(to, now, '/to') };
  if (range.from >= range.to) throw invalid('/from', 'must be before `to`');
  if (range.to - range.from > WIDEST_MS) throw invalid('/from', 'the range is too wide');
  return range;
}

function instant(text: string, now: number, pointer: string): number {
  const relative = /^now(?:-(\d{1,6})([smhdw]))?$/.exec(text);
  if (relative) return now - Number(relative[1] ?? 0) * UNIT_MS[(relative[2] ?? 's') as keyof typeof UNIT_MS];
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) || !text.includes(':') ? text : `${text}Z`;
  const parsed = Date.parse(zoned);
  if (Number.isNaN(parsed)) throw invalid(pointer, 'is not a time');
  return parsed;
}

function invalid(pointer: string, message: string): ProblemError {
  return new ProblemError({
    code: 'request.invalid',
    status: 400,
    title: 'The request is not valid.',
    issues: [{ pointer, message }],
  });
}
