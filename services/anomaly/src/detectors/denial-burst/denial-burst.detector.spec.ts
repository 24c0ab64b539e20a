import { describe, expect, it } from 'vitest';
import { call, DAY, denied, MINUTE, SECOND, START } from '../../../test/calls.js';
import { detectorSpec } from '../../../test/detector-spec.js';
import { NOTHING_KNOWN, withTool } from '../first-use/known-tools.js';
import { denialBurst, MAX_DENIALS } from './denial-burst.detector.js';
import { DENIAL_BURST_DEFAULTS } from './denial-burst.settings.js';

const detector = denialBurst(DENIAL_BURST_DEFAULTS);
const { given } = detectorSpec(detector);

const many = (count: number, from = START, overrides: Parameters<typeof denied>[1] = {}) =>
  Array.from({ length: count }, (_, n) => denied(from + n * 10 * SECOND, overrides));

describe('denial_burst', () => {
  it('is raised at the tenth different denied call in ten minutes', () => {
    const calls = many(10);
    given()
      .when(...calls)
      .thenRaises({
        severity: 'medium',
        title: 'coder was denied 10 different calls of 1 target it never used on github within 10 minutes',
        subject: 'agent:coder',
        observed: { value: 10, unit: 'denials', detail: { targets: 1, neverUsed: 1 } },
        expected: { value: 0, threshold: 10, detail: { targets: 5, windowMinutes: 10, usualNeverUsed: 0 } },
        window: { from: START, to: START + 90 * SECOND + 1 },
        lensQuery: {
          q: 'connection:github agent:coder reason:(policy.denied OR hold.denied OR auth.insufficient_scope OR connection.not_found)',
          from: START,
          to: START + 90 * SECOND + 1,
        },
        evidence: calls.map(({ requestId }) => requestId),
      });
  });

  it('is raised at the fifth different tool, and of high severity', () => {
    given()
      .when(...['a', 'b', 'c', 'd', 'e'].map((name, n) => denied(START + n, { name })))
      .thenRaises({
        severity: 'high',
        observed: { value: 5, unit: 'denials', detail: { targets: 5, neverUsed: 5 } },
      });
  });

  it('is not raised below both', () => {
    given()
      .when(...many(9))
      .thenRaisesNothing();
    given()
      .when(...['a', 'b', 'c', 'd'].flatMap((name) => [denied(START, { name }), denied(START, { name })]))
      .thenRaisesNothing();
  });

  it('counts a call that is tried again and again once', () => {
    given()
      .when(...many(200, START, { argumentsDigest: 'same' }))
      .thenRaisesNothing();
    given()
      .when(...many(50, START, { argumentsDigest: null }))
      .thenRaisesNothing();
  });

  it('does not count denials that are older than ten minutes', () => {
    given(...many(9))
      .when(denied(START + 11 * MINUTE))
      .thenRaisesNothing();
    given(...many(9))
      .when(denied(START + 10 * MINUTE - 1))
      .thenRaises({});
  });

  it('keeps callers apart', () => {
    given(...many(9))
      .when(denied(START + 2 * MINUTE, { agent: 'reviewer' }))
      .thenRaisesNothing();
  });

  it('does not count what the caller is not to blame for', () => {
    const reasons = ['rate.limited', 'session.suspended', 'policy.unavailable', 'upstream.timeout', null];
    given()
      .when(
        ...reasons.flatMap((reason) => many(20, START, { reason })),
        ...Array.from({ length: 20 }, (_, n) => call(START + n)),
      )
      .thenRaisesNothing();
  });

  it('counts connections that do not exist', () => {
    given()
      .when(...many(10, START, { reason: 'connection.not_found', connection: null }))
      .thenRaises({
        title:
          'coder was denied 10 different calls of 1 target it never used on no connection within 10 minutes',
      });
  });

  it('needs another ten after it was raised', () => {
    const later = START + 6 * MINUTE;
    given(...many(10))
      .when(...many(9, later))
      .thenRaisesNothing();
    given(...many(10))
      .when(...many(10, later))
      .thenRaises({ window: { from: later, to: later + 90 * SECOND + 1 } });
  });

  it('is silent for five minutes on the connection, and then says how often it was', () => {
    const reviewer = { agent: 'reviewer' };
    given(...many(10))
      .when(...many(12, START + 100 * SECOND, reviewer), denied(START + 8 * MINUTE, reviewer))
      .thenRaises({
        subject: 'agent:reviewer',
        suppressed: 3,
        observed: { value: 13, unit: 'denials', detail: { targets: 1, neverUsed: 1 } },
      });
  });

  it('finds the burst in calls that come in any order', () => {
    const calls = many(10);
    given()
      .when(...calls.toReversed())
      .thenRaises({ evidence: calls.map(({ requestId }) => requestId) });
  });

  it('ignores what comes later than its window, and goes on when a clock was set back', () => {
    given(denied(START + 60 * MINUTE))
      .when(...many(20).map((late) => ({ ...late, loggedAt: START + 60 * MINUTE })))
      .thenRaisesNothing();
    given(...many(9, START + 60 * MINUTE))
      .when(...many(10))
      .thenRaises({ window: { from: START, to: START + 90 * SECOND + 1 } });
  });

  it('names resources by their URI and other methods by the method', () => {
    const uris = ['a', 'b', 'c', 'd'].map((name) =>
      denied(START, { kind: 'resource', method: 'resources/read', name: `file:///${name}` }),
    );
    given(...uris)
      .when(denied(START, { kind: 'method', method: 'completion/complete', name: '' }))
      .thenRaises({ severity: 'high' });
  });

  describe('of what the caller has used before', () => {
    const tools = Array.from({ length: 8 }, (_, n) => `tool_${n}`);
    const tool = { firstAt: 0, firstRequest: 'r', lastDay: 0, told: true };
    const known = [...tools, 'create_issue'].reduce(
      (before, name) => withTool(before, 'agent:coder', name, tool, 0),
      NOTHING_KNOWN,
    );
    const { given: givenUsed } = detectorSpec(detector, { known });
    const each = (names: readonly string[], from = START) =>
      names.map((name, n) => denied(from + n * SECOND, { name }));

    it('is low for a few of many tools: it has lost access', () => {
      givenUsed()
        .when(...each(tools.slice(0, 4)))
        .thenRaisesNothing();
      givenUsed()
        .when(...each(tools.slice(0, 5)))
        .thenRaises({
          severity: 'low',
          title: 'coder was denied 5 different calls of 5 targets on github within 10 minutes',
          observed: { value: 5, unit: 'denials', detail: { targets: 5, neverUsed: 0 } },
        });
    });

    it('is medium for ten calls of one tool, and for twenty of several', () => {
      givenUsed()
        .when(...many(10))
        .thenRaises({ severity: 'medium' });
      const [low, medium] = givenUsed()
        .when(...each([...tools, ...tools, ...tools].slice(0, 20)))
        .thenRaises(
          { severity: 'low' },
          {
            severity: 'medium',
            expected: {
              value: 0,
              threshold: 10,
              detail: { targets: 5, windowMinutes: 10, usualNeverUsed: 0 },
            },
          },
        );
      expect(low!.subject).not.toBe(medium!.subject);
      expect(medium!.window.from).toBe(START);
    });

    it('is high for five tools among them that were never used, whatever was told before', () => {
      const guessed = ['a', 'b', 'c', 'd', 'e'];
      givenUsed()
        .when(...each([...tools, ...guessed]))
        .thenRaises(
          { severity: 'low' },
          {
            severity: 'high',
            observed: { value: 13, unit: 'denials', detail: { targets: 13, neverUsed: 5 } },
          },
        );
      givenUsed(...each(tools, START))
        .when(...each(guessed, START + MINUTE).map((one) => ({ ...one, agent: 'reviewer' })))
        .thenRaises({ severity: 'high', suppressed: 0 });
    });

    it('does not tell of the same loss twice, and is silent for five minutes', () => {
      const lost = each(tools.slice(0, 5));
      const again = lost.map((one) => ({ ...one, at: one.at + 6 * MINUTE }));
      givenUsed(...lost)
        .when(...again)
        .thenRaisesNothing();
      const from = START + 6 * MINUTE;
      givenUsed(...lost)
        .when(...each(tools.slice(0, 5), START + MINUTE), ...each(tools.slice(5), from))
        .thenRaises({ severity: 'low', suppressed: 1, window: { from: START + MINUTE, to: from + 1 } });
    });
  });

  describe('of what others use', () => {
    const tool = { firstAt: 0, firstRequest: 'r', lastDay: 0, told: true };
    const names = Array.from({ length: 20 }, (_, n) => `tool_${n}`);
    const known = names.reduce(
      (before, name) => withTool(before, 'agent:reviewer', name, tool, 0),
      NOTHING_KNOWN,
    );
    const { given: givenPeers } = detectorSpec(detector, { known });
    const each = (tools: readonly string[], from = START) =>
      tools.map((name, n) => denied(from + n * SECOND, { name }));

    it('is medium: it may be a new configuration', () => {
      givenPeers()
        .when(...each(names.slice(0, 5)))
        .thenRaises({ severity: 'medium' });
      givenPeers()
        .when(...each([...names.slice(0, 4), 'a', 'b', 'c', 'd']))
        .thenRaises({ severity: 'medium' });
    });

    it('is high when five are guessed, or when it goes on to ten', () => {
      givenPeers()
        .when(...each(['a', 'b', 'c', 'd', 'e']))
        .thenRaises({ severity: 'high' });
      givenPeers()
        .when(
          ...each(names.slice(0, 5)),
          ...each(names.slice(5, 14)),
          ...each(['tool_19'], START + 6 * MINUTE),
        )
        .thenRaises({ severity: 'medium' }, { severity: 'high', suppressed: 5 });
    });
  });

  describe('of a caller that is denied as much every day', () => {
    const nights = (count: number, each: number, names: (n: number) => string) =>
      Array.from({ length: count }, (_, night) =>
        Array.from({ length: each }, (__, n) => denied(START + night * DAY + n * SECOND, { name: names(n) })),
      ).flat();

    it('is low as far as chance may go', () => {
      given(...nights(2, 9, () => 'read_file'))
        .when(...many(18, START + 2 * DAY))
        .thenRaises({ severity: 'low' });
      given(...nights(2, 9, () => 'read_file'))
        .when(...many(19, START + 2 * DAY))
        .thenRaises({ severity: 'low' }, { severity: 'medium' });
    });

    it('knows a habit of asking for tools it may not use', () => {
      const guess = (n: number) => `guess_${n}`;
      const later = (count: number) =>
        Array.from({ length: count }, (_, n) => denied(START + 2 * DAY + n * SECOND, { name: guess(n) }));
      given(...nights(2, 5, guess))
        .when(...later(11))
        .thenRaises({ severity: 'low' });
      given(...nights(2, 5, guess))
        .when(...later(12))
        .thenRaises({ severity: 'low' }, { severity: 'high' });
    });

    it('needs two days for a habit, forgets it after a week, and takes no more than twice a burst for one', () => {
      given(...nights(1, 9, () => 'read_file'))
        .when(...many(10, START + DAY))
        .thenRaises({ severity: 'medium' });
      given(...nights(2, 9, () => 'read_file'))
        .when(...many(10, START + 9 * DAY))
        .thenRaises({ severity: 'medium' });
      given(...nights(7, 60, () => 'read_file'))
        .when(...many(34, START + 7 * DAY))
        .thenRaises({ severity: 'low' }, { severity: 'medium' });
    });
  });

  it('remembers a bounded number of callers and of their denials', () => {
    const small = denialBurst({ ...DENIAL_BURST_DEFAULTS, denials: 1_000, targets: 1_000, maxActors: 3 });
    let state = small.observe(undefined, denied(START)).state;
    let forgotten = 0;
    for (let n = 0; n < 100; n += 1) {
      const observed = small.observe(state, denied(START + n, { agent: `agent-${n % 7}` }));
      state = observed.state;
      forgotten += observed.forgotten;
    }
    // Of each caller, what it is denied now and what it was on other days.
    expect(small.sizeOf(state!)).toBe(6);
    expect(state!.days!.size).toBe(3);
    expect([...state!.actors.keys()]).toEqual(['agent:agent-6', 'agent:agent-0', 'agent:agent-1']);
    expect(forgotten).toBeGreaterThan(90);
    for (let n = 0; n < 200; n += 1) state = small.observe(state, denied(START + n)).state;
    expect(state!.actors.get('agent:coder')).toHaveLength(MAX_DENIALS);
  });
});
