import { describe, expect, it } from 'vitest';
import { fullBucket, refilled, stormVerdict, type StormLimits } from './storm-guard.js';

const HOUR = 3_600_000;
const limits: StormLimits = { normal: { burst: 20, perHour: 60 }, critical: { burst: 60, perHour: 600 } };

describe('the storm guard', () => {
  it.each([
    [5, 20, { kind: 'each' }],
    [20, 20, { kind: 'each' }],
    [21, 20, { kind: 'digest' }],
    [2, 1, { kind: 'digest' }],
    [1, 0.5, { kind: 'later', at: 30_000 }],
    [100, 0, { kind: 'later', at: 60_000 }],
    [0, 0, { kind: 'each' }],
  ] as const)('%d due with %d tokens: %j', (due, tokens, verdict) => {
    expect(stormVerdict(due, tokens, limits.normal, 0)).toEqual(verdict);
  });

  it('gives at its time what it said it would', () => {
    const empty = { tokens: 0.3, criticalTokens: 0, filledAt: 0 };
    const verdict = stormVerdict(7, empty.tokens, limits.normal, 0);
    if (verdict.kind !== 'later') throw new Error('expected to wait');
    expect(stormVerdict(7, refilled(empty, limits, verdict.at).tokens, limits.normal, verdict.at).kind).toBe(
      'digest',
    );
  });

  it('fills with time, up to its burst', () => {
    const empty = { tokens: 0, criticalTokens: 0, filledAt: 0 };
    expect(refilled(empty, limits, HOUR / 6)).toEqual({ tokens: 10, criticalTokens: 60, filledAt: HOUR / 6 });
    expect(refilled(empty, limits, 100 * HOUR)).toMatchObject({ tokens: 20, criticalTokens: 60 });
  });

  it('gains nothing when the clock goes back, and fills from there', () => {
    const bucket = { ...fullBucket(limits, 10 * HOUR), tokens: 0 };
    const back = refilled(bucket, limits, HOUR);
    expect(back).toMatchObject({ tokens: 0, filledAt: HOUR });
    expect(refilled(back, limits, HOUR + HOUR / 6).tokens).toBe(10);
  });
});
