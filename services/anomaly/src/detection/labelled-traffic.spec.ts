import { describe, expect, it } from 'vitest';
import { evaluate } from '../../bench/evaluate.js';
import { labelledTraffic } from '../../bench/labelled-traffic.js';
import { DETECTOR_DEFAULTS } from './detectors.js';
import { PartitionDetection } from './partition-detection.js';

const options = { seed: 3, agents: 72, days: 12, learningDays: 8, attacks: 6 };

const newDetection = () => {
  const detection = new PartitionDetection({ settings: DETECTOR_DEFAULTS });
  return (call: Parameters<PartitionDetection['observeCall']>[0]) => detection.observeCall(call);
};

// The figures for 1,000 agents are in docs/benchmarks.md; this holds a small deployment to their order of magnitude.
describe('detection on labelled traffic', () => {
  it('finds what is scripted, and next to nothing of medium severity where nothing is', () => {
    const { alerts, scenarios } = evaluate(options, newDetection);
    const found = Object.fromEntries(
      scenarios.map(({ scenario, ...rest }) => [scenario, rest.found / rest.attacks]),
    );
    expect(found).toMatchObject({
      flood: 1,
      'bulk read': 1,
      'tool probing': 1,
      'argument probing': 1,
      'new tool': 1,
      destruction: 1,
    });
    expect(found['slow bulk read']).toBeGreaterThanOrEqual(0.8);
    const medium = Object.fromEntries(alerts.map((alert) => [alert.kind, alert.medium]));
    expect(medium['rate_spike']).toBeLessThanOrEqual(10);
    expect(medium['first_use']).toBeLessThanOrEqual(10);
    expect(medium['bulk_access']).toBeLessThanOrEqual(10);
    expect(medium['denial_burst']).toBeLessThanOrEqual(10);
  }, 60_000);

  it('is given the same traffic by the same seed, and other traffic by another', () => {
    const callsOf = (seed: number) => [...labelledTraffic({ ...options, agents: 12, days: 9, seed }).days()];
    expect(callsOf(1)).toEqual(callsOf(1));
    expect(callsOf(1)).not.toEqual(callsOf(2));
  });
});
