import { describe, expect, it } from 'vitest';
import { call, DAY, denied, MINUTE, START } from '../../../test/calls.js';
import { detectorSpec } from '../../../test/detector-spec.js';
import { firstUse } from './first-use.detector.js';
import { FIRST_USE_DEFAULTS } from './first-use.settings.js';

const { given } = detectorSpec(firstUse(FIRST_USE_DEFAULTS));
const WEEK = 7 * DAY;

const learned = call(START, { name: 'create_issue' });
const other = (at: number, name: string) => call(at, { agent: 'reviewer', name });

describe('first_use', () => {
  it('is raised for a tool that an agent known for a week has never used', () => {
    const first = call(START + WEEK, { name: 'merge_branch' });
    given(learned)
      .when(first)
      .thenRaises({
        severity: 'medium',
        title: 'coder used merge_branch on github for the first time; no other agent has',
        tool: 'merge_branch',
        personal: true,
        observed: { value: 1, unit: 'calls', detail: { usedByOthers: false } },
        expected: { value: 0, threshold: 1, detail: { knownDays: 7, learningDays: 7 } },
        window: { from: first.at, to: first.at + 1 },
        lensQuery: {
          q: 'connection:github agent:coder tool:merge_branch',
          from: first.at,
          to: first.at + 5 * MINUTE,
        },
        evidence: [first.requestId],
      });
  });

  it('is of low severity when other agents use the tool', () => {
    given(learned, other(START, 'merge_branch'))
      .when(call(START + WEEK, { name: 'merge_branch' }))
      .thenRaises({
        severity: 'low',
        title: 'coder used merge_branch on github for the first time',
        observed: { value: 1, unit: 'calls', detail: { usedByOthers: true } },
      });
  });

  it('is quiet in the first week of an agent, whoever else is known', () => {
    given(other(START, 'create_issue'))
      .when(
        call(START + WEEK, { name: 'create_issue' }),
        call(START + 2 * WEEK - 1, { name: 'merge_branch' }),
      )
      .thenRaisesNothing();
  });

  it('is quiet about what was learned, and about what was told', () => {
    given(learned, call(START + DAY, { name: 'merge_branch' }), call(START + WEEK, { name: 'close_issue' }))
      .when(
        call(START + WEEK + DAY, { name: 'merge_branch' }),
        call(START + WEEK + DAY, { name: 'create_issue' }),
        call(START + WEEK + DAY, { name: 'close_issue' }),
      )
      .thenRaisesNothing();
  });

  it('counts only calls of tools that reached the upstream', () => {
    given(learned)
      .when(
        denied(START + WEEK, { name: 'merge_branch' }),
        call(START + WEEK, { name: 'merge_branch', outcome: 'error', error: 'jsonrpc:-32602' }),
        call(START + WEEK, { name: 'merge_branch', outcome: 'error', error: 'upstream.unreachable' }),
        call(START + WEEK, { kind: 'prompt', method: 'prompts/get', name: 'merge_branch' }),
        call(START + WEEK, { direction: 'server', name: 'merge_branch' }),
      )
      .thenRaisesNothing();
  });

  it.each([
    ['a tool error', { outcome: 'tool_error' as const }],
    ['an unknown end', { outcome: 'unknown' as const }],
    ['a time limit', { outcome: 'error' as const, error: 'upstream.timeout' }],
  ])('counts %s as a use', (_title, end) => {
    given(learned)
      .when(call(START + WEEK, { name: 'merge_branch', ...end }))
      .thenRaises({ tool: 'merge_branch' });
  });

  it('tells after the cooldown what it could not tell during it', () => {
    const silent = call(START + WEEK + MINUTE, { name: 'close_issue' });
    const again = call(START + WEEK + 6 * MINUTE, { name: 'close_issue' });
    given(learned, call(START + WEEK, { name: 'merge_branch' }))
      .when(
        silent,
        call(START + WEEK + 2 * MINUTE, { name: 'close_issue' }),
        again,
        call(again.at + DAY, { name: 'close_issue' }),
      )
      .thenRaises({
        tool: 'close_issue',
        window: { from: silent.at, to: again.at + 1 },
        evidence: [silent.requestId, again.requestId],
        observed: { value: 2, unit: 'calls', detail: { usedByOthers: false } },
        suppressed: 1,
      });
  });

  it('is raised anew for a tool that was not used for 90 days', () => {
    const calls = Array.from({ length: 30 }, (_, week) =>
      call(START + week * WEEK, { name: 'create_issue' }),
    );
    given(call(START, { name: 'merge_branch' }), ...calls)
      .when(call(START + 91 * DAY + 17 * WEEK, { name: 'merge_branch' }))
      .thenRaises({ tool: 'merge_branch' });
  });

  it('learns an agent anew that was away for 90 days', () => {
    given(learned)
      .when(call(START + 91 * DAY, { name: 'merge_branch' }), call(START + 92 * DAY, { name: 'close_issue' }))
      .thenRaisesNothing();
  });

  it('keeps agents apart, and keys without an agent by their id', () => {
    const keyed = (at: number, id: string, name: string) =>
      call(at, { agent: null, key: { id, label: 'shared label' }, name });
    given(keyed(START, 'key-1', 'create_issue'), keyed(START, 'key-2', 'merge_branch'))
      .when(keyed(START + WEEK, 'key-1', 'merge_branch'))
      .thenRaises({
        title: 'shared label used merge_branch on github for the first time',
        lensQuery: {
          q: 'connection:github key:"shared label" tool:merge_branch',
          from: START + WEEK,
          to: START + WEEK + 5 * MINUTE,
        },
      });
  });

  it('is not fooled by names that mean something to JavaScript', () => {
    given(learned)
      .when(call(START + WEEK, { name: '__proto__' }))
      .thenRaises({ tool: '__proto__' });
    given(learned, call(START, { name: 'constructor', agent: 'toString' }))
      .when(call(START + WEEK, { name: 'hasOwnProperty', agent: 'toString' }))
      .thenRaises({ tool: 'hasOwnProperty' });
  });

  it('learns on after a clock was set back', () => {
    given(call(START + 30 * DAY, { name: 'create_issue' }))
      .when(call(START, { name: 'merge_branch' }), call(START + WEEK, { name: 'close_issue' }))
      .thenRaises({ tool: 'close_issue' });
  });

  describe('bounds', () => {
    const detector = firstUse({ ...FIRST_USE_DEFAULTS, maxPairs: 100, maxTools: 40 });
    const run = (calls: ReturnType<typeof call>[]) => {
      let state = detector.observe(undefined, calls[0]!).state;
      let forgotten = 0;
      for (const one of calls.slice(1)) {
        const observed = detector.observe(state, one);
        state = observed.state;
        forgotten += observed.forgotten;
        expect(detector.sizeOf(state!)).toBeLessThanOrEqual(100);
      }
      return { state: state!, forgotten };
    };

    it('lets an agent that makes up names forget its own, not those of others', () => {
      const flood = Array.from({ length: 500 }, (_, n) => call(START + DAY + n, { name: `made_up_${n}` }));
      const { state, forgotten } = run([other(START, 'create_issue'), ...flood]);
      expect(state.known.agents.get('agent:coder')!.tools.size).toBeLessThanOrEqual(40);
      expect(state.known.agents.has('agent:reviewer')).toBe(true);
      expect(detector.sizeOf(state) + forgotten).toBe(501);
    });

    it('forgets the agents first that have not called for longest', () => {
      const agents = Array.from({ length: 300 }, (_, n) => call(START + n * DAY, { agent: `agent-${n}` }));
      const { state, forgotten } = run(agents);
      expect(state.known.agents.has('agent:agent-0')).toBe(false);
      expect(state.known.agents.has('agent:agent-299')).toBe(true);
      expect(detector.sizeOf(state) + forgotten).toBe(300);
    });
  });
});
