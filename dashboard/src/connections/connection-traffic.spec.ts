import { describe, expect, it } from 'vitest';
import { healthOf, MINUTES, trafficOf } from './connection-traffic.js';

const now = new Date('2026-11-27T12:00:30Z');
const minute = (ago: number) => new Date(now.getTime() - ago * 60_000).toISOString();

describe('trafficOf', () => {
  it('puts counts in their minutes, and takes the running one for as long as it has run', () => {
    const series = [0, 1, 2, 40].map((ago) => ({ time: minute(ago), connection: 'db', 'count()': 10 }));
    const traffic = trafficOf(series, [], now).get('db');
    expect(traffic?.perMinute).toHaveLength(MINUTES);
    expect(traffic?.perMinute.slice(-3)).toEqual([10, 10, 10]);
    expect(traffic?.perMinute.reduce((sum, count) => sum + count, 0)).toBe(30);
    expect(traffic?.rate).toBeCloseTo(30 / 5.5);
  });

  it('keeps the newest error of each connection', () => {
    const errors = [
      { time: minute(1), connection: 'db', error: 'upstream.timeout', tool: 'query' },
      { time: minute(9), connection: 'db', error: 'upstream.unreachable', tool: 'query' },
      { time: minute(2), connection: 'web', error: 'upstream.invalid', tool: 'get' },
    ];
    const traffic = trafficOf([], errors, now);
    expect(traffic.get('db')?.lastError?.error).toBe('upstream.timeout');
    expect(traffic.get('web')).toMatchObject({ rate: 0, lastError: { tool: 'get' } });
  });
});

describe('healthOf', () => {
  const traffic = (calls: number, errorAgo?: number) => ({
    perMinute: [calls],
    rate: calls,
    lastError:
      errorAgo === undefined ? null : { time: minute(errorAgo), error: 'upstream.timeout', tool: 'x' },
  });
  it.each([
    [false, traffic(5), 'disabled'],
    [true, traffic(5), 'healthy'],
    [true, traffic(5, 2), 'failing'],
    [true, traffic(5, 20), 'healthy'],
    [true, traffic(0), 'quiet'],
    [true, undefined, 'quiet'],
  ])('enabled %s with %j is %s', (enabled, seen, word) => {
    expect(healthOf(enabled, seen, now).word).toBe(word);
  });
});
