import { describe, expect, it } from 'vitest';
import { call, denied, MINUTE, SECOND, START } from '../../../test/calls.js';
import { detectorSpec } from '../../../test/detector-spec.js';
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
        title: 'coder was denied 10 different calls of 1 target on github within 10 minutes',
        subject: 'agent:coder',
        observed: { value: 10, unit: 'denials', detail: { targets: 1 } },
        expected: { value: null, threshold: 10, detail: { targets: 5, windowMinutes: 10 } },
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
      .thenRaises({ severity: 'high', observed: { value: 5, unit: 'denials', detail: { targets: 5 } } });
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
        title: 'coder was denied 10 different calls of 1 target on no connection within 10 minutes',
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
        observed: { value: 13, unit: 'denials', detail: { targets: 1 } },
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

  it('remembers a bounded number of callers and of their denials', () => {
    const small = denialBurst({ ...DENIAL_BURST_DEFAULTS, denials: 1_000, targets: 1_000, maxActors: 3 });
    let state = small.observe(undefined, denied(START)).state;
    let forgotten = 0;
    for (let n = 0; n < 100; n += 1) {
      const observed = small.observe(state, denied(START + n, { agent: `agent-${n % 7}` }));
      state = observed.state;
      forgotten += observed.forgotten;
    }
    expect(small.sizeOf(state!)).toBe(3);
    expect([...state!.actors.keys()]).toEqual(['agent:agent-6', 'agent:agent-0', 'agent:agent-1']);
    expect(forgotten).toBeGreaterThan(90);
    for (let n = 0; n < 200; n += 1) state = small.observe(state, denied(START + n)).state;
    expect(state!.actors.get('agent:coder')).toHaveLength(MAX_DENIALS);
  });
});
