import type { Firing } from './signal.js';

export const OVERFLOW_KIND = 'alert_overflow';
/** Room above the limit that critical alerts alone may use. */
export const RESERVE = 1_000;

/** What must not be lost among others: an operator's own doing, and the count of the rest. */
export function needsRoom({ kind }: Firing): boolean {
  return kind !== 'kill_switch' && kind !== OVERFLOW_KIND;
}

/**
 * Stands for a firing there is no room for: whoever can name things can make any number of alerts. It is counted, and
 * the finding itself is in the audit history.
 */
export function overflowFiring(firing: Firing, limit: number): Firing {
  return {
    ...firing,
    dedupKey: OVERFLOW_KIND,
    kind: OVERFLOW_KIND,
    severity: 'high',
    title: `More than ${limit} alerts fire at once: further ones are counted here alone`,
    subject: {
      connection: null,
      agent: null,
      user: null,
      session: null,
      key: null,
      tool: null,
      rule: null,
    },
    evidence: { ...firing.evidence, observed: null, expected: null, killSwitch: null },
  };
}
