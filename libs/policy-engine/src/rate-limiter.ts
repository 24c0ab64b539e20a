import type { Limit, Take } from './sliding-window.js';

/** Sliding-window counters by key. `./contract` exports the suite every adapter passes. */
export interface RateLimiter {
  /**
   * Takes one call of `limit` from the counter `key`, or nothing. `now` is in milliseconds of one clock for all calls;
   * prefer one that cannot go back.
   */
  take(key: string, limit: Limit, now: number): Take | Promise<Take>;
}
