import type { LiveToolCall } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { CALLS_KEPT, EMPTY_WINDOW, agentsNow, resumed, stripOf, withCalls } from './live-window.js';

const NOW = Date.parse('2026-03-02T10:00:30.000Z');
const call = (id: number, over: Partial<LiveToolCall> = {}): LiveToolCall =>
  ({
    id: String(id),
    timestamp: new Date(NOW - 1_000).toISOString(),
    action: 'allow',
    agent: 'claude',
    key: 'CI',
    ...over,
  }) as LiveToolCall;
const ids = (calls: readonly LiveToolCall[]) => calls.map(({ id }) => id);

describe('the window of live calls', () => {
  it('has the newest first and forgets what is over its size', () => {
    const window = withCalls(withCalls(EMPTY_WINDOW, [call(1), call(2)], false, NOW), [call(3)], false, NOW);
    expect(ids(window.calls)).toEqual(['3', '2', '1']);
    const many = withCalls(
      window,
      Array.from({ length: CALLS_KEPT }, (_, n) => call(n + 10)),
      false,
      NOW,
    );
    expect(many.calls).toHaveLength(CALLS_KEPT);
    expect(many.seen).toBe(CALLS_KEPT + 3);
  });

  it('stands still while it is paused, and counts what waits', () => {
    const window = withCalls(EMPTY_WINDOW, [call(1)], false, NOW);
    const paused = withCalls(withCalls(window, [call(2)], true, NOW), [call(3)], true, NOW);
    expect([ids(paused.calls), paused.heldCount]).toEqual([['1'], 2]);
    expect(ids(resumed(paused).calls)).toEqual(['3', '2', '1']);
    expect(resumed(paused).heldCount).toBe(0);
  });

  it('counts verdicts by minute and the agents of the last five', () => {
    const old = new Date(NOW - 6 * 60_000).toISOString();
    const window = withCalls(
      EMPTY_WINDOW,
      [
        call(1),
        call(2, { action: 'deny' }),
        call(3, { agent: null }),
        call(4, { agent: 'old', timestamp: old }),
      ],
      false,
      NOW,
    );
    const strip = stripOf(window, NOW);
    expect(strip).toHaveLength(30);
    expect(strip.at(-1)).toMatchObject({ allow: 2, deny: 1, alert: 0 });
    expect(strip.at(-7)).toMatchObject({ allow: 1 });
    expect(agentsNow(window, NOW)).toMatchObject([
      { agent: 'claude', calls: 2 },
      { agent: 'CI', calls: 1 },
    ]);
    expect(agentsNow(window, NOW + 6 * 60_000)).toEqual([]);
  });
});
