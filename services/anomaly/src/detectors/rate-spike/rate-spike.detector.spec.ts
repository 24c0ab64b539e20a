import { describe, expect, it } from 'vitest';
import type { CallSeen } from '../../calls/call-seen.js';
import { call, DAY, denied, HOUR, MINUTE, SECOND, spread, START } from '../../../test/calls.js';
import { detectorSpec } from '../../../test/detector-spec.js';
import { NO_MULTIPLIERS } from './rate-multiplier.js';
import { rateSpike } from './rate-spike.detector.js';
import { RATE_SPIKE_DEFAULTS } from './rate-spike.settings.js';

const { given } = detectorSpec(rateSpike(RATE_SPIKE_DEFAULTS));

/** One call a minute: five in a window. */
const steady = (from: number, to: number, everyMs = MINUTE): CallSeen[] =>
  spread(Math.round((to - from) / everyMs), from, to);
const burst = (count: number, from: number) => spread(count, from, from + MINUTE);

/** Thirty hours of five calls in five minutes, up to noon of the second day. */
const NOON = START + 36 * HOUR;
const usual = steady(NOON - 30 * HOUR, NOON);

describe('rate_spike', () => {
  it('is raised when five minutes hold more than three times the hour before, with 20 calls at least', () => {
    const [finding] = given(...usual)
      .when(...burst(30, NOON))
      .thenRaises({
        severity: 'medium',
        subject: '',
        personal: false,
        observed: { value: 20, unit: 'calls', detail: { windowMinutes: 5 } },
        suppressed: 0,
      });
    const { expected, window, lensQuery, evidence, cause, title } = finding!;
    expect(expected).toMatchObject({ value: 5, threshold: 20, detail: { multiplier: 3, minCalls: 20 } });
    expect(title).toBe('20 calls to github in 5 minutes; the hour before had 5 in 5 minutes on average');
    expect(window.to).toBe(cause.at + 1);
    expect(window.to - window.from).toBeLessThanOrEqual(5 * MINUTE);
    expect(lensQuery).toEqual({
      q: 'connection:github type:(tool_call OR resource_read OR prompt_get)',
      ...window,
    });
    expect(evidence).toHaveLength(20);
    expect(evidence.at(-1)).toBe(cause.requestId);
  });

  it('says the threshold of a busy connection', () => {
    const busy = steady(NOON - 30 * HOUR, NOON, 10 * SECOND);
    given(...busy)
      .when(...burst(80, NOON))
      .thenRaises({ observed: { value: 91, unit: 'calls', detail: { windowMinutes: 5 } } });
  });

  it('is not raised at three times the usual', () => {
    const busy = steady(NOON - 30 * HOUR, NOON, 10 * SECOND);
    given(...busy)
      .when(...spread(90, NOON, NOON + 5 * MINUTE))
      .thenRaisesNothing();
  });

  it('is measured by the multiplier of its own connection', () => {
    const busy = steady(NOON - 30 * HOUR, NOON, 10 * SECOND);
    const multipliers = new Map([[`${call(NOON).tenantId}/github`, 2]]);
    detectorSpec(rateSpike({ ...RATE_SPIKE_DEFAULTS, multipliers }))
      .given(...busy)
      .when(...burst(60, NOON))
      .thenRaises({ observed: { value: 61, unit: 'calls', detail: { windowMinutes: 5 } } });
    detectorSpec(rateSpike({ ...RATE_SPIKE_DEFAULTS, multipliers: new Map([['other/*', 2]]) }))
      .given(...busy)
      .when(...burst(60, NOON))
      .thenRaisesNothing();
  });

  it('is not raised below 20 calls', () => {
    given(...steady(NOON - 30 * HOUR, NOON, 30 * MINUTE))
      .when(...burst(19, NOON + MINUTE))
      .thenRaisesNothing();
  });

  it('is quiet on the first day', () => {
    given(...steady(START, START + 23 * HOUR))
      .when(...burst(500, START + 23 * HOUR))
      .thenRaisesNothing();
    given()
      .when(...burst(500, START))
      .thenRaisesNothing();
  });

  it('is raised after a quiet hour', () => {
    given(...usual)
      .when(...burst(25, NOON + 3 * HOUR))
      .thenRaises({
        expected: {
          value: 0,
          threshold: 20,
          detail: { multiplier: 3, minCalls: 20, usualPeakAtThisTime: 5, weekPeak: 5, days: 1 },
        },
      });
  });

  it('is raised again while it lasts, five minutes later', () => {
    given(...usual)
      .when(...spread(600, NOON, NOON + 10 * MINUTE - 1))
      .thenRaises({ suppressed: 0 }, { suppressed: expect.any(Number) as number });
  });

  it('counts what it kept silent about', () => {
    const [, second] = given(...usual)
      .when(...burst(30, NOON), ...spread(60, NOON + 6 * MINUTE, NOON + 7 * MINUTE))
      .thenRaises({}, {});
    // The 16th call of the first burst made it 20.
    expect(second!.suppressed).toBe(14);
  });

  it('stops by itself when the new rate has become the usual one', () => {
    const hours = steady(NOON, NOON + 2 * HOUR, SECOND);
    given(...usual, ...hours)
      .when(...steady(NOON + 2 * HOUR, NOON + 3 * HOUR, SECOND))
      .thenRaisesNothing();
  });

  it('counts reads of resources and prompts, and refused calls, but neither lists nor what servers ask', () => {
    const uses = (overrides: Partial<CallSeen>) => spread(15, NOON, NOON + MINUTE, overrides);
    given(...usual)
      .when(
        ...uses({ method: 'resources/read', kind: 'resource' }),
        ...uses({ method: 'prompts/get', kind: 'prompt' }),
      )
      .thenRaises({});
    given(...usual)
      .when(...Array.from({ length: 30 }, (_, n) => denied(NOON + n * SECOND)))
      .thenRaises({});
    given(...usual)
      .when(
        ...spread(100, NOON, NOON + MINUTE, { method: 'tools/list', kind: 'method', name: '' }),
        ...spread(100, NOON, NOON + MINUTE, { direction: 'server' }),
      )
      .thenRaisesNothing();
  });

  describe('what happens every day', () => {
    const quietly = (days: number) => steady(START, START + days * DAY, 5 * MINUTE);
    const nightly = (day: number, count = 200) => burst(count, START + day * DAY + 2 * HOUR + 30 * SECOND);
    const inOrder = (...calls: CallSeen[][]) => calls.flat().sort((a, b) => a.at - b.at);

    it('is a spike the first day after the warm-up, when nothing like it was seen', () => {
      given(...inOrder(quietly(3)))
        .when(...nightly(3))
        .thenRaises({ severity: 'medium' });
    });

    it('is no spike when it was seen around that time on two of the last seven days', () => {
      given(...inOrder(quietly(5), nightly(2), nightly(4)))
        .when(...nightly(5))
        .thenRaisesNothing();
    });

    it('is as much of a spike the second time', () => {
      given(...inOrder(quietly(5), nightly(4)))
        .when(...nightly(5))
        .thenRaises({ severity: 'medium' });
    });

    it('is no spike on the second day, when the first had it', () => {
      given(...inOrder(quietly(1), nightly(0)))
        .when(...nightly(1))
        .thenRaisesNothing();
    });

    it('is a spike again when it is half as large again', () => {
      given(...inOrder(quietly(5), nightly(2), nightly(4)))
        .when(...nightly(5, 310))
        .thenRaises({
          severity: 'medium',
          observed: { value: 302, unit: 'calls', detail: { windowMinutes: 5 } },
        });
    });

    it('is a spike of low severity at another time of day', () => {
      given(...inOrder(quietly(5), nightly(2), nightly(3), nightly(4)))
        .when(...burst(200, START + 5 * DAY + 14 * HOUR))
        .thenRaises({ severity: 'low' });
    });

    it('is a spike of low severity when it was one a week ago, at the same time', () => {
      given(...inOrder(quietly(10), nightly(3)))
        .when(...nightly(10))
        .thenRaises({ severity: 'low' });
      given(...inOrder(quietly(10), nightly(4)))
        .when(...nightly(10))
        .thenRaises({ severity: 'medium' });
    });

    it('is forgotten after a week', () => {
      given(...inOrder(quietly(14), nightly(2), nightly(3)))
        .when(...nightly(14))
        .thenRaises({ severity: 'medium' });
    });
  });

  it('is of high severity when it lasts and is far more than was ever seen', () => {
    given(...usual)
      .when(...spread(1_000, NOON, NOON + 6 * MINUTE))
      .thenRaises({ severity: 'medium' }, { severity: 'high' });
  });

  describe('clocks', () => {
    it('finds the spike in calls that come in any order', () => {
      const calls = burst(30, NOON);
      const findings = given(...usual)
        .when(...calls.toReversed())
        .thenRaises({ severity: 'medium' });
      expect(findings[0]!.observed.value).toBe(20);
    });

    it('judges calls that are up to ten minutes late as of their own time', () => {
      given(...usual, call(NOON + 9 * MINUTE))
        .when(...burst(30, NOON).map((late) => ({ ...late, loggedAt: NOON + 9 * MINUTE })))
        .thenRaises({});
    });

    it('only counts calls that are later than that', () => {
      given(...usual, call(NOON + 20 * MINUTE))
        .when(...burst(30, NOON).map((late) => ({ ...late, loggedAt: NOON + 20 * MINUTE })))
        .thenRaisesNothing();
    });

    it('goes on when a clock is set back', () => {
      const ahead = steady(NOON + DAY, NOON + DAY + HOUR);
      given(...usual, ...ahead)
        .when(...steady(NOON, NOON + 30 * MINUTE), ...burst(30, NOON + 30 * MINUTE))
        .thenRaises({ severity: 'medium' });
    });

    it('goes on when a clock jumps ahead', () => {
      given(...usual)
        .when(
          ...steady(NOON + 30 * DAY, NOON + 30 * DAY + 2 * HOUR),
          ...burst(30, NOON + 30 * DAY + 2 * HOUR),
        )
        .thenRaises({ severity: 'medium' });
    });
  });

  it('obeys its settings', () => {
    const eager = detectorSpec(
      rateSpike({ multiplier: 10, multipliers: NO_MULTIPLIERS, minCalls: 5, warmUpMs: 0, cooldownMs: 0 }),
    );
    eager
      .given(...steady(START, START + 2 * HOUR))
      .when(...burst(47, START + 2 * HOUR))
      .thenRaises({ observed: { value: 51, unit: 'calls', detail: { windowMinutes: 5 } } });
    eager
      .given()
      .when(...burst(5, START))
      .thenRaises({ observed: { value: 5, unit: 'calls', detail: { windowMinutes: 5 } } });
  });
});
