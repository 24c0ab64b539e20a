import { describe, expect, it } from 'vitest';
import type { CallSeen } from '../../calls/call-seen.js';
import { call, DAY, denied, HOUR, MINUTE, SECOND, spread, START } from '../../../test/calls.js';
import { detectorSpec } from '../../../test/detector-spec.js';
import { RATE_SPIKE_DEFAULTS } from '../rate-spike/rate-spike.settings.js';
import { bulkAccess } from './bulk-access.detector.js';
import { BULK_ACCESS_DEFAULTS } from './bulk-access.settings.js';

const detector = bulkAccess(BULK_ACCESS_DEFAULTS);
const { given } = detectorSpec(detector);

/** Noon of the second day: the caller is known since midnight before the first. */
const NOON = START + 36 * HOUR;
const known = [call(START)];
/** Ten a minute: a hundred in ten minutes, and no spike of a connection that has as many in the hour before. */
const read = (count: number, from = NOON, overrides: Partial<CallSeen> = {}) =>
  spread(count, from, from + count * 6 * SECOND, overrides);
/** A job of every day at noon. */
const daily = (days: number, count: number) =>
  Array.from({ length: days }, (_, day) => read(count, START + day * DAY + 12 * HOUR)).flat();
const observed = (value: number) => ({ value, unit: 'calls', detail: { windowMinutes: 15 } });

describe('bulk_access', () => {
  it('is raised at the hundredth call of one tool within fifteen minutes by a caller that never did it', () => {
    const calls = read(100);
    const [finding] = given(...known)
      .when(...calls)
      .thenRaises({
        severity: 'low',
        title: 'coder called create_issue on github 100 times in 15 minutes; usual at this time: 0',
        subject: 'agent:coder',
        personal: true,
        tool: 'create_issue',
        observed: observed(100),
        expected: { value: 0, threshold: 100, detail: { multiplier: 3, weekPeak: 1, days: 1 } },
        evidence: [calls.at(-1)!.requestId],
      });
    expect(finding!.window).toEqual({ from: NOON - 5 * MINUTE, to: calls.at(-1)!.at + 1 });
    expect(finding!.lensQuery).toEqual({
      q: 'connection:github agent:coder tool:create_issue',
      ...finding!.window,
    });
  });

  it('is not raised below, nor slower, nor on the first day', () => {
    given(...known)
      .when(...read(99))
      .thenRaisesNothing();
    given(...known)
      .when(...spread(180, NOON, NOON + 30 * MINUTE))
      .thenRaisesNothing();
    given()
      .when(...read(400))
      .thenRaisesNothing();
  });

  it('counts tools and callers apart', () => {
    given(...known, call(START, { agent: 'reviewer' }))
      .when(...read(60), ...read(60, NOON, { name: 'get_issue' }), ...read(60, NOON, { agent: 'reviewer' }))
      .thenRaisesNothing();
  });

  it('counts resources and prompts by what is done, and refused calls too', () => {
    const resources = read(100).map((one, n) => ({
      ...one, kind: 'resource' as const, method: 'resources/read', name: `file:///${n}`, argumentsDigest: null,
    })); // prettier-ignore
    given(...known)
      .when(...resources)
      .thenRaises({
        tool: null,
        title: 'coder called resources/read on github 100 times in 15 minutes; usual at this time: 0',
      });
    given(...known)
      .when(...read(100).map((one) => ({ ...denied(one.at) })))
      .thenRaises({});
    given(...known)
      .when(
        ...read(200, NOON, { method: 'tools/list', kind: 'method', name: '' }),
        ...read(200, NOON, { direction: 'server' }),
      )
      .thenRaisesNothing();
  });

  it('does not count a loop that asks for the same', () => {
    given(...known)
      .when(...read(400, NOON, { argumentsDigest: 'same' }))
      .thenRaisesNothing();
    given(...known)
      .when(...read(400, NOON, { argumentsDigest: null }))
      .thenRaisesNothing();
  });

  it('is raised again while it lasts, five minutes later, and says what it kept silent', () => {
    given(...known)
      .when(...read(160))
      .thenRaises({ suppressed: 0 }, { suppressed: 49, observed: observed(150) });
  });

  describe('beside what is usual', () => {
    it('is three times what is taken around this time of day', () => {
      given(...daily(7, 60))
        .when(...read(150, START + 7 * DAY + 13 * HOUR))
        .thenRaisesNothing();
      given(...daily(7, 40))
        .when(...read(121, START + 7 * DAY + 13 * HOUR))
        .thenRaises({ severity: 'low', observed: observed(121), expected: { value: 40, threshold: 121, detail: { multiplier: 3, weekPeak: 40, days: 7 } } }); // prettier-ignore
    });

    it('is what a job takes at another time of day', () => {
      given(...daily(8, 150))
        .when(...read(100, START + 8 * DAY + 20 * HOUR))
        .thenRaises({ severity: 'low' });
      given(...daily(8, 150))
        .when(...read(150, START + 8 * DAY + 12 * HOUR))
        .thenRaisesNothing();
    });

    it('is medium from two hundred calls, when it is three times the most of a whole week', () => {
      const fast = (count: number) => spread(count, START + 8 * DAY, START + 8 * DAY + 10 * MINUTE);
      const severities = (...days: CallSeen[]) => {
        let state = days.reduce<Parameters<typeof detector.observe>[0]>(
          (before, one) => detector.observe(before, one).state,
          undefined,
        );
        return fast(400).flatMap((one) => {
          const { state: next, findings } = detector.observe(state, one);
          state = next;
          return findings.map(({ severity }) => severity);
        });
      };
      expect(severities(...daily(8, 60))).toEqual(['low', 'medium']);
      expect(severities(...daily(8, 120))).toEqual(['low', 'low']);
      expect(severities(...daily(3, 60).map((one) => ({ ...one, at: one.at + 5 * DAY })))).toEqual([
        'low',
        'low',
      ]);
    });
  });

  it('obeys what the organization has set: the multiplier, and five times the least calls', () => {
    const raisedWith = (rateMultiplier: number | null, rateMinCalls: number | null, count: number) => {
      const own = { rateMultiplier, rateMinCalls, off: null };
      let state = daily(7, 40).reduce<Parameters<typeof detector.observe>[0]>(
        (before, one) => detector.observe(before, one, own).state,
        undefined,
      );
      return read(count, START + 7 * DAY + 12 * HOUR).filter((one) => {
        const { state: next, findings } = detector.observe(state, one, own);
        state = next;
        return findings.length > 0;
      }).length;
    };
    expect(raisedWith(null, null, 121)).toBe(1);
    expect(raisedWith(3.5, null, 121)).toBe(0);
    expect(raisedWith(1.1, null, 100)).toBe(1);
    expect(raisedWith(1.1, 10, 50)).toBe(1);
    expect(raisedWith(1.1, 10, 49)).toBe(0);
    expect(raisedWith(null, 30, 149)).toBe(0);
    const deployed = bulkAccess({
      ...BULK_ACCESS_DEFAULTS,
      rate: { ...RATE_SPIKE_DEFAULTS, multipliers: new Map([['tenant-a/github', 4]]), warmUpMs: 0 },
    });
    detectorSpec(deployed)
      .given(...daily(7, 40))
      .when(...read(150, START + 7 * DAY + 12 * HOUR))
      .thenRaisesNothing();
  });

  describe('clocks', () => {
    it('takes a call that is a little late for one of now, and leaves out what is later', () => {
      given(...known, ...read(99))
        .when({ ...call(NOON + 2 * MINUTE), loggedAt: NOON + 11 * MINUTE })
        .thenRaises({});
      given(...known, ...read(99))
        .when({ ...call(NOON - 2 * MINUTE), loggedAt: NOON + 11 * MINUTE })
        .thenRaisesNothing();
    });

    it('goes on when a clock was set back', () => {
      given(...known, ...read(99, NOON + 2 * DAY))
        .when(...read(99))
        .thenRaisesNothing();
      given(...known, ...read(99, NOON + 2 * DAY))
        .when(...read(100))
        .thenRaises({});
    });
  });

  it('remembers a bounded number of callers, those that called last, and of their tools', () => {
    const small = bulkAccess({ ...BULK_ACCESS_DEFAULTS, maxActors: 10 });
    let state: Parameters<typeof small.observe>[0];
    let forgotten = 0;
    for (let n = 0; n < 1_000; n += 1) {
      const at = START + n * MINUTE;
      const observed = small.observe(state, call(at, { agent: `agent-${n % 37}`, name: `tool_${n}` }));
      state = observed.state;
      forgotten += observed.forgotten;
      expect(state!.callers.length).toBeLessThanOrEqual(10);
      expect(state!.numbers.size).toBe(state!.callers.length);
    }
    expect([...state!.numbers.keys()]).toContain(`agent:agent-${999 % 37}`);
    expect(forgotten).toBe(1_000 - state!.callers.length);
    for (let n = 0; n < 100; n += 1) {
      state = small.observe(state, call(START + DAY + n, { agent: 'one', name: `tool_${n}` })).state;
    }
    const one = state!.callers[state!.numbers.get('agent:one')!]!;
    expect(one.tools).toHaveLength(8);
    expect(one.tools.at(-1)!.name).toBe('tool_99');
  });

  it('keeps eight days of a caller in some two hundred numbers', () => {
    let state: Parameters<typeof detector.observe>[0];
    for (let n = 0; n < 20 * 24 * 4; n += 1) {
      state = detector.observe(state, call(START + n * 15 * MINUTE, { name: `tool_${n % 5}` })).state;
    }
    const [{ peaks, spikes, tools }] = state!.callers as [(typeof state & {})['callers'][number]];
    expect(peaks.values.length).toBe(8 * 24);
    expect(spikes.values.length).toBe(1);
    expect(tools.every(({ calls }) => calls.values.length <= 15)).toBe(true);
  });
});
