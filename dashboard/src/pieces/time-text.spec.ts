import { describe, expect, it } from 'vitest';
import { absoluteTime, clockText, dateText, durationText, relativeTime } from './time-text.js';

const now = new Date('2026-11-27T12:00:00.000Z');
const before = (ms: number) => new Date(now.getTime() - ms);

describe('relativeTime', () => {
  it.each([
    [before(0), 'now'],
    [before(999), 'now'],
    [before(1_000), '1 s ago'],
    [before(59_999), '59 s ago'],
    [before(60_000), '1 min ago'],
    [before(3_599_000), '59 min ago'],
    [before(3_600_000), '1 h ago'],
    [before(86_400_000), '1 d ago'],
    [before(31 * 86_400_000), '2026-10-27'],
    [before(-7_200_000), 'in 2 h'],
    [new Date('no time'), 'unknown'],
  ])('%s is %s', (at, expected) => {
    expect(relativeTime(at, now, 'UTC')).toBe(expected);
  });
});

describe('absolute times', () => {
  const at = new Date('2026-11-27T23:05:09.120Z');
  it('are said in the chosen zone, sortable', () => {
    expect(absoluteTime(at, 'UTC')).toBe('2026-11-27 23:05:09.120 UTC');
    expect(absoluteTime(at, 'Asia/Tokyo')).toBe('2026-11-28 08:05:09.120 GMT+9');
    expect(dateText(at, 'Asia/Tokyo')).toBe('2026-11-28');
    expect(clockText(new Date('2026-11-27T00:00:00Z'), 'UTC')).toBe('00:00:00');
  });
});

describe('durationText', () => {
  it.each([
    [0.421, '0.42 ms'],
    [38.2, '38 ms'],
    [1_240, '1.2 s'],
    [185_000, '3 min 5 s'],
    [7_440_000, '2 h 4 min'],
    [259_200_000, '3 d 0 h'],
    [Number.NaN, 'unknown'],
  ])('%d is %s', (ms, expected) => {
    expect(durationText(ms)).toBe(expected);
  });
});
