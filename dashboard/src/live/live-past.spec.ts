import type { LiveToolCall } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { pastOf } from './live-past.js';
import { EMPTY_WINDOW, agentsNow, stripOf, withCalls, withPast } from './live-window.js';

const NOW = Date.parse('2026-03-02T10:00:30.000Z');
const row = (id: string, over: object = {}) => ({
  id,
  time: '2026-03-02T10:00:10.000Z',
  decision: 'allow',
  tool: 'echo',
  method: 'tools/call',
  connection: 'prod',
  agent: 'claude',
  ...over,
});
const past = pastOf(
  [
    row('b'),
    row('a', { decision: 'deny', tool: '', agent: '' }),
    row('c', { decision: 'never heard of' }),
    row('', {}),
  ],
  [
    { time: '2026-03-02T10:00:00Z', decision: 'allow', 'count()': 7 },
    { time: '2026-03-02T09:58:00Z', decision: 'deny', 'count()': 2 },
    { time: 'nonsense', decision: 'allow', 'count()': 9 },
  ],
  [
    { time: '2026-03-02T10:00:00Z', agent: 'claude', 'count()': 6 },
    { time: '2026-03-02T09:59:00Z', agent: 'claude', 'count()': 1 },
    { time: '2026-03-02T09:57:00Z', agent: '', 'count()': 2 },
  ],
);
const live = (id: string) =>
  ({
    id,
    timestamp: '2026-03-02T10:00:20.000Z',
    action: 'alert',
    agent: 'claude',
    key: null,
  }) as LiveToolCall;

describe('what was before the page was opened', () => {
  it('is read as calls, minutes and agents; what makes no sense is left out', () => {
    expect(past.calls.map(({ id, action, target }) => [id, action, target])).toEqual([
      ['b', 'allow', 'echo'],
      ['a', 'deny', ''],
    ]);
    expect([...past.minutes.values()]).toEqual([{ allow: 7 }, { deny: 2 }]);
    expect(past.agents.map(({ agent, calls }) => [agent, calls])).toEqual([
      ['claude', 7],
      ['unknown', 2],
    ]);
  });

  it('stands below what came since, and a call that is in both counts once', () => {
    const window = withPast(withCalls(EMPTY_WINDOW, [live('b'), live('d')], false, NOW), past, NOW);
    expect(window.calls.map(({ id }) => id)).toEqual(['d', 'b', 'a']);
    expect(stripOf(window, NOW).at(-1)).toMatchObject({ allow: 7, alert: 1 });
    expect(stripOf(window, NOW).at(-3)).toMatchObject({ deny: 2 });
    expect(agentsNow(window, NOW)).toMatchObject([
      { agent: 'claude', calls: 8 },
      { agent: 'unknown', calls: 2 },
    ]);
  });
});
