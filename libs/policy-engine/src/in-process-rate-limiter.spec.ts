import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InProcessRateLimiter } from './in-process-rate-limiter.js';
import { rateLimiterContract } from './rate-limiter.contract.js';
import { SlidingWindow } from './sliding-window.js';

rateLimiterContract('the in-process rate limiter', () => new InProcessRateLimiter());

describe('in-process rate limiter', () => {
  it('keeps at most its counters, forgets the least recently used and says so', () => {
    const limiter = new InProcessRateLimiter(3);
    const once = { calls: 1, perMs: 1_000 };
    for (const key of ['a', 'b', 'c']) limiter.take(key, once, 0);
    expect(limiter.take('a', once, 1).ok).toBe(false);
    limiter.take('d', once, 2);
    expect(limiter.size).toBe(3);
    expect(limiter.evicted).toBe(1);
    expect(limiter.take('a', once, 3).ok).toBe(false);
    expect(limiter.take('b', once, 3).ok).toBe(true);
  });
});

describe('sliding window', () => {
  it('is an exact log up to 64 calls, and never too generous above', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 5, 64, 65, 200),
        fc.integer({ min: 1, max: 2_000 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 600 }),
        (calls, perMs, gaps) => {
          const window = new SlidingWindow();
          const log: number[] = [];
          let now = 1_800_000_000_000;
          for (const gap of gaps) {
            now += gap;
            const room = log.filter((time) => time > now - perMs).length < calls;
            const { ok, retryAfterMs } = window.take({ calls, perMs }, now);
            if (calls <= 64) expect(ok).toBe(room);
            if (ok) expect(room).toBe(true);
            else expect(retryAfterMs).toBeGreaterThan(0);
            if (ok) log.push(now);
          }
        },
      ),
    );
  });

  it('waits at most a 64th of the window longer than exact', () => {
    const window = new SlidingWindow();
    const limit = { calls: 1_000, perMs: 64_000 };
    for (let call = 0; call < 1_000; call++) expect(window.take(limit, 500).ok).toBe(true);
    expect(window.take(limit, 500)).toEqual({ ok: false, retryAfterMs: 64_499 });
    expect(window.take(limit, 64_999).ok).toBe(true);
  });

  it('takes a clock that goes back to stand still', () => {
    const window = new SlidingWindow();
    const limit = { calls: 1, perMs: 1_000 };
    window.take(limit, 10_000);
    expect(window.take(limit, 0)).toEqual({ ok: false, retryAfterMs: 1_000 });
    expect(window.take(limit, 11_000).ok).toBe(true);
  });
});
