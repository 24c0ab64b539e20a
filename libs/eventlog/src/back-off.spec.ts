import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BackOff } from './back-off.js';

describe('BackOff', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(1);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  async function waits(backOff: BackOff, signal?: AbortSignal): Promise<number> {
    const start = Date.now();
    let end: number | undefined;
    void backOff.wait(signal).then(() => (end = Date.now()));
    await vi.runAllTimersAsync();
    return end! - start;
  }

  it('doubles its waits up to a limit and starts anew after a success', async () => {
    const backOff = new BackOff({ minMs: 100, maxMs: 1_000 });
    const measured: number[] = [];
    for (let i = 0; i < 6; i += 1) measured.push(await waits(backOff));
    expect(measured).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    backOff.reset();
    expect(await waits(backOff)).toBe(100);
  });

  it('waits at least half of that, at random', async () => {
    vi.mocked(Math.random).mockReturnValue(0);
    expect(await waits(new BackOff({ minMs: 100, maxMs: 1_000 }))).toBe(50);
  });

  it('ends at once when told to', async () => {
    const abort = new AbortController();
    abort.abort();
    expect(await waits(new BackOff({ minMs: 100, maxMs: 1_000 }), abort.signal)).toBe(0);
  });
});
