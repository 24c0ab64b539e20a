import type { DetectionSettings } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { detectionDecider, type DetectionEvent } from './detection.decider.js';

const inherited: DetectionSettings = { rateMultiplier: null, rateMinCalls: null, off: null };
const recorded = { rateMultiplier: 5, rateMinCalls: null, off: ['first_use', 'rate_spike'] };

const decide = (settings: DetectionSettings, given: DetectionEvent['data']['after'] = null) =>
  detectionDecider.decide({ type: 'ChangeDetection', connectionId: 'c1', settings }, given);

describe('how anomalies are looked for', () => {
  it('is recorded with what it was before', () => {
    const settings: DetectionSettings = { ...inherited, rateMultiplier: 5, off: ['rate_spike', 'first_use'] };
    expect(decide(settings)).toEqual([
      { type: 'DetectionChanged', data: { connectionId: 'c1', before: null, after: recorded } },
    ]);
  });

  it('does not change by saying the same in another order, or twice', () => {
    const settings: DetectionSettings = {
      ...inherited, rateMultiplier: 5, off: ['rate_spike', 'first_use', 'rate_spike'],
    }; // prettier-ignore
    expect(decide(settings, recorded)).toEqual([]);
    expect(decide(inherited)).toEqual([]);
    expect(decide({ ...inherited, off: [] })).toEqual([]);
  });

  it('is inherited again when nothing is set', () => {
    expect(decide(inherited, recorded)).toEqual([
      { type: 'DetectionChanged', data: { connectionId: 'c1', before: recorded, after: null } },
    ]);
  });

  it('is what was recorded last', () => {
    const [event] = decide({ ...inherited, rateMinCalls: 7 }, recorded);
    expect(detectionDecider.evolve(recorded, event!)).toEqual({ ...inherited, rateMinCalls: 7 });
  });
});
