import { describe, expect, it } from 'vitest';
import { nextDelayMs, RETRY_DELAYS_MS } from './retry-schedule.js';

describe('the schedule of retries', () => {
  it('has ten attempts over three days', () => {
    expect(RETRY_DELAYS_MS).toHaveLength(10);
    expect(RETRY_DELAYS_MS.reduce((sum, delay) => sum + delay, 0) / 3_600_000).toBeCloseTo(75.6, 1);
    expect(nextDelayMs(10, null, 0.5)).toBeNull();
  });

  it('spreads attempts by a fifth to either side', () => {
    expect(nextDelayMs(1, null, 0)).toBe(4_000);
    expect(nextDelayMs(1, null, 0.5)).toBe(5_000);
    expect(nextDelayMs(1, null, 1)).toBe(6_000);
  });

  it('gives a receiver the time it asks for, and never less than the schedule', () => {
    expect(nextDelayMs(1, 60_000, 0.5)).toBe(60_000);
    expect(nextDelayMs(2, 1_000, 0.5)).toBe(300_000);
  });
});
