import { describe, expect, it } from 'vitest';
import { timeRange, timeText } from './time-range.js';

const now = Date.UTC(2026, 5, 1, 12);

describe('timeRange', () => {
  it.each([
    ['now-15m', 'now', now - 900_000, now],
    ['now-7d', 'now-1d', now - 7 * 86_400_000, now - 86_400_000],
    ['2026-06-01T10:00:00Z', 'now', now - 7_200_000, now],
    ['2026-06-01T12:00:00+02:00', 'now', now - 7_200_000, now],
    ['2026-06-01T10:00:00', 'now', now - 7_200_000, now],
    ['2026-05-01', '2026-05-02', Date.UTC(2026, 4, 1), Date.UTC(2026, 4, 2)],
  ])('%s to %s', (from, to, start, end) => {
    expect(timeText.safeParse(from).success).toBe(true);
    expect(timeRange(from, to, now)).toEqual({ from: start, to: end });
  });

  it.each([
    ['now', 'now-1h'],
    ['now', 'now'],
    ['2026-13-45T00:00:00Z', 'now'],
    ['now-999999d', 'now'],
  ])('refuses %s to %s', (from, to) => {
    expect(() => timeRange(from, to, now)).toThrow('request.invalid');
  });

  it.each(['yesterday', 'now+1h', "2026-01-01'; --", 'now-1y'])('does not read %j', (text) => {
    expect(timeText.safeParse(text).success).toBe(false);
  });
});
