import { describe, expect, it } from 'vitest';
import { call, finding, killSwitchReleased, START } from '../../test/events.js';
import { findingSignal } from '../signals/finding-signal.js';
import { policyChangeSignal } from '../signals/kill-switch-signal.js';
import { policyAlertSignal } from '../signals/policy-alert-signal.js';
import { mergeFirings } from './merge-firings.js';
import type { Firing, Release } from './signal.js';

const passed = (seconds: number, requestId: string) =>
  policyAlertSignal(call({ decidedAt: new Date(START + seconds * 1_000).toISOString(), requestId }));

describe('firings of one batch', () => {
  it('become one for each alert, with all times and the latest requests', () => {
    const [one, ...others] = mergeFirings([
      passed(2, 'r2'),
      ...Array.from({ length: 30 }, (_, n) => passed(5 + n, `r${5 + n}`)),
      passed(1, 'late'),
    ]) as Firing[];
    expect(others).toEqual([]);
    expect(one).toMatchObject({ occurrences: 32, firstAt: START + 1_000, lastAt: START + 34_000 });
    expect(one!.evidence.requests).toHaveLength(20);
    expect(one!.evidence.requests.at(-1)).toBe('late');
    expect(one!.evidence.lens).toMatchObject({
      from: new Date(START + 1_000).toISOString(),
      to: new Date(START + 34_001).toISOString(),
    });
  });

  it('are as bad as the worst, and say what the latest says', () => {
    const merged = mergeFirings([
      findingSignal(finding({ severity: 'high', title: 'first' })),
      findingSignal(finding({ severity: 'low', title: 'second' })),
    ]);
    expect(merged).toMatchObject([{ severity: 'high', title: 'second', occurrences: 2 }]);
  });

  it('stay apart by alert and organization', () => {
    const signals = [finding(), finding({ dedupKey: 'other' }), finding({}, { tenantId: 'other' })].map(
      findingSignal,
    );
    expect(mergeFirings(signals)).toEqual(signals);
  });

  it('stay apart where a release is between them', () => {
    const release = policyChangeSignal(killSwitchReleased('ks'), () => undefined) as Release;
    const firing = { ...findingSignal(finding()), dedupKey: release.dedupKey };
    expect(mergeFirings([firing, firing, release, firing]).map(({ type }) => type)).toEqual([
      'firing',
      'release',
      'firing',
    ]);
  });
});
