import { beforeEach, describe, expect, it } from 'vitest';
import type { RateLimiter } from './rate-limiter.js';

/** What every rate limiter promises. `create` gives one without counters. */
export function rateLimiterContract(name: string, create: () => RateLimiter | Promise<RateLimiter>): void {
  describe(`${name} keeps the rate limiter contract`, () => {
    let limiter: RateLimiter;
    let now: number;
    const take = async (limit: { calls: number; perMs: number }, key = 'k') =>
      await limiter.take(key, limit, now);
    const admitted = async (limit: { calls: number; perMs: number }, attempts: number, key?: string) => {
      let count = 0;
      for (let attempt = 0; attempt < attempts; attempt++) if ((await take(limit, key)).ok) count++;
      return count;
    };

    beforeEach(async () => {
      limiter = await create();
      now = 1_800_000_000_000;
    });

    it('admits as many calls as the limit says and not one more', async () => {
      expect(await admitted({ calls: 60, perMs: 60_000 }, 100)).toBe(60);
    });

    it('never admits more than the limit in any window, also across its edges', async () => {
      const limit = { calls: 10, perMs: 1_000 };
      const times: number[] = [];
      for (let step = 0; step < 400; step++) {
        now += (step * 7) % 41;
        if ((await take(limit)).ok) times.push(now);
      }
      const most = Math.max(
        ...times.map((from) => times.filter((time) => time >= from && time < from + limit.perMs).length),
      );
      expect(most).toBe(10);
    });

    it('never admits more than a large limit in any window', async () => {
      const limit = { calls: 500, perMs: 1_000 };
      const times: number[] = [];
      for (let step = 0; step < 3_000; step++) {
        now += step % 2;
        if ((await take(limit)).ok) times.push(now);
      }
      const most = Math.max(
        ...times.map((from) => times.filter((time) => time >= from && time < from + limit.perMs).length),
      );
      expect(most).toBe(500);
    });

    it('has room again when it says so, and not a millisecond sooner', async () => {
      const limit = { calls: 2, perMs: 1_000 };
      await take(limit);
      now += 300;
      await take(limit);
      now += 100;
      const refused = await take(limit);
      expect(refused).toEqual({ ok: false, retryAfterMs: 600 });
      now += refused.retryAfterMs - 1;
      expect((await take(limit)).ok).toBe(false);
      now += 1;
      expect(await take(limit)).toEqual({ ok: true, retryAfterMs: 0 });
    });

    it('uses up nothing for a refused call', async () => {
      const limit = { calls: 1, perMs: 1_000 };
      await take(limit);
      now += 500;
      await admitted(limit, 50);
      now += 500;
      expect((await take(limit)).ok).toBe(true);
    });

    it('keeps counters apart by key', async () => {
      const limit = { calls: 3, perMs: 1_000 };
      expect(await admitted(limit, 5, 'a')).toBe(3);
      expect(await admitted(limit, 5, 'b')).toBe(3);
    });

    it('applies a lowered limit to calls already counted', async () => {
      expect(await admitted({ calls: 10, perMs: 1_000 }, 8)).toBe(8);
      expect((await take({ calls: 5, perMs: 1_000 })).ok).toBe(false);
    });

    it('admits no more when many ask at once', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => take({ calls: 7, perMs: 1_000 })));
      expect(answers.filter((answer) => answer.ok)).toHaveLength(7);
    });
  });
}
