import type { RateLimiter } from './rate-limiter.js';
import { SlidingWindow, type Limit, type Take } from './sliding-window.js';

/**
 * Counters in this process, for one replica. Keys hold what callers choose, so their number is bounded: past
 * `maxCounters` the least recently used is forgotten, and its key starts anew. Until that happens no limit is passed.
 * At 2 KB each at most, 20,000 counters stay under 50 MB.
 */
export class InProcessRateLimiter implements RateLimiter {
  private readonly windows = new Map<string, SlidingWindow>();
  /** Counters forgotten for want of room: when this grows, limits are not exact. */
  evicted = 0;

  constructor(private readonly maxCounters = 20_000) {}

  get size(): number {
    return this.windows.size;
  }

  take(key: string, limit: Limit, now: number): Take {
    let window = this.windows.get(key);
    if (window) {
      this.windows.delete(key);
    } else {
      window = new SlidingWindow();
      if (this.windows.size >= this.maxCounters) this.evictOldest();
    }
    this.windows.set(key, window);
    return window.take(limit, now);
  }

  private evictOldest(): void {
    const oldest = this.windows.keys().next();
    if (oldest.done) return;
    this.windows.delete(oldest.value);
    this.evicted++;
  }
}
