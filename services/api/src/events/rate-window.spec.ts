import { describe, expect, it } from 'vitest';
import { FeedPace } from './feed-pace.js';
import { RateWindow } from './rate-window.js';

describe('a rate window', () => {
  it('never holds more than its limit in any second, and keeps room for what is no call', () => {
    let now = 0;
    const sent: number[] = [];
    const window = new RateWindow(() => now);
    for (; now < 5_000; now += 1) for (let n = 0; n < 3; n += 1) if (window.take('call')) sent.push(now);
    for (let from = 0; from < 5_000; from += 50)
      expect(sent.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(180);
    expect(sent.length).toBeGreaterThanOrEqual(180 * 5);
    now = 4_999;
    let others = 0;
    while (window.take('other')) others += 1;
    expect(others).toBe(20);
  });

  it('says how long to wait', () => {
    let now = 0;
    const window = new RateWindow(
      () => now,
      () => 20,
    );
    while (window.take('call'));
    expect(window.waitMs).toBe(1_000);
    now = 400;
    expect(window.waitMs).toBe(600);
    now = 1_000;
    expect(window.take('call')).toBe(true);
  });
});

describe('the pace of a feed', () => {
  it.each([
    [0, 200],
    [1, 200],
    [200, 200],
    [400, 100],
    [1_000, 40],
    [5_000, 20],
  ])('with %i clients is %i events a second for each', (clients, expected) => {
    expect(new FeedPace(() => clients).eventsPerSecond).toBe(expected);
  });
});
