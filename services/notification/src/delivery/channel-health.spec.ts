import { describe, expect, it } from 'vitest';
import { HEALTHY, type ChannelHealth } from '../channels/channel-record.js';
import type { SendResult } from '../channels/channel.js';
import { afterAttempt } from './channel-health.js';

const START = Date.parse('2026-03-02T10:00:00.000Z');
const HOUR = 3_600_000;
const failed: SendResult = {
  kind: 'retry',
  error: 'delivery.timeout',
  status: null,
  response: null,
  retryAfterMs: null,
};
const delivered: SendResult = { kind: 'delivered', status: 200, response: null };
const gone: SendResult = { kind: 'gone', error: 'delivery.gone', status: 410, response: null };

const after = (results: readonly SendResult[], from: ChannelHealth = HEALTHY) =>
  results.reduce((health, result) => afterAttempt(health, result, new Date(START)).health, from);
const times = (count: number) => Array.from({ length: count }, () => failed);

describe('the health of a channel', () => {
  it('opens the circuit after five failures in a row, twice as long each time, an hour at most', () => {
    expect(after(times(4)).retryAt).toBeNull();
    const pause = (count: number) => after(times(count)).retryAt!.getTime() - START;
    expect([pause(5), pause(6), pause(7), pause(40)]).toEqual([30_000, 60_000, 120_000, HOUR]);
  });

  it('closes it with the first delivery, and says so', () => {
    const change = afterAttempt(after(times(9)), delivered, new Date(START));
    expect(change).toMatchObject({
      recovered: true,
      stopped: false,
      health: { failures: 0, retryAt: null, failingSince: null },
    });
    expect(afterAttempt(HEALTHY, delivered, new Date(START)).recovered).toBe(false);
  });

  it('tells the organization once, after a day', () => {
    const at = (hours: number, health: ChannelHealth) =>
      afterAttempt(health, failed, new Date(START + hours * HOUR));
    expect(at(23, after(times(1))).tell).toBe(false);
    const told = at(24, after(times(1)));
    expect(told.tell).toBe(true);
    expect(at(48, told.health).tell).toBe(false);
  });

  it('stops after five days, or at once when the receiver is gone', () => {
    expect(afterAttempt(after(times(1)), failed, new Date(START + 119 * HOUR)).stopped).toBe(false);
    expect(afterAttempt(after(times(1)), failed, new Date(START + 120 * HOUR))).toMatchObject({
      stopped: true,
      health: { stopped: true },
    });
    expect(afterAttempt(HEALTHY, gone, new Date(START))).toMatchObject({ stopped: true, tell: true });
    expect(afterAttempt({ ...HEALTHY, stopped: true }, gone, new Date(START)).stopped).toBe(false);
  });
});
