import type { DetectionSettings } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { call, DAY, HOUR, MINUTE, spread, START } from '../../test/calls.js';
import { DETECTOR_DEFAULTS } from '../detection/detectors.js';
import { PartitionDetection } from '../detection/partition-detection.js';
import { IN_FORCE_AFTER_MS, SettingsHistory, type SettingsChange } from './settings-history.js';

const inherited: DetectionSettings = { rateMultiplier: null, rateMinCalls: null, off: null };

let offset = 0n;
function change(
  takenAt: number,
  settings: Partial<DetectionSettings> | null,
  connectionId = '',
): SettingsChange {
  offset += 1n;
  return {
    offset, tenantId: 'tenant-a', connectionId, takenAt, settings: settings && { ...inherited, ...settings },
  }; // prettier-ignore
}

function historyOf(...changes: SettingsChange[]): SettingsHistory {
  const history = new SettingsHistory();
  for (const one of changes) history.add(one);
  return history;
}

const logged = (loggedAt: number, overrides = {}) => call(loggedAt, { loggedAt, ...overrides });

describe('what organizations have set', () => {
  it('is in force from a while after the log took it until the next', () => {
    const history = historyOf(change(START, { rateMultiplier: 5 }), change(START + HOUR, null));
    expect(history.of(logged(START + IN_FORCE_AFTER_MS - 1))).toBeUndefined();
    expect(history.of(logged(START + IN_FORCE_AFTER_MS))).toMatchObject({ rateMultiplier: 5 });
    expect(history.of(logged(START + HOUR))).toMatchObject({ rateMultiplier: 5 });
    expect(history.of(logged(START + HOUR + IN_FORCE_AFTER_MS))).toBeUndefined();
  });

  it('is of no other organization', () => {
    const history = historyOf(change(START, { off: ['rate_spike'] }));
    expect(history.of(logged(START + HOUR, { tenantId: 'tenant-b' }))).toBeUndefined();
  });

  it('is what the connection says where it says something, and what the organization says elsewhere', () => {
    const history = historyOf(
      change(START, { rateMultiplier: 5, rateMinCalls: 50, off: ['first_use'] }),
      change(START, { rateMultiplier: 2, off: ['rate_spike'] }, 'connection-1'),
    );
    const own = history.of(logged(START + HOUR));
    expect(own).toMatchObject({ rateMultiplier: 2, rateMinCalls: 50 });
    expect(new Set(own?.off)).toEqual(new Set(['first_use', 'rate_spike']));
    const elsewhere = history.of(logged(START + HOUR, { connection: { id: 'connection-2', slug: 'jira' } }));
    expect(elsewhere).toEqual({ rateMultiplier: 5, rateMinCalls: 50, off: ['first_use'] });
  });

  it('keeps to the order of the log when its clock goes back', () => {
    const history = historyOf(
      change(START + HOUR, { rateMultiplier: 5 }),
      change(START, { rateMultiplier: 9 }),
    );
    expect(history.of(logged(START + 2 * HOUR))).toMatchObject({ rateMultiplier: 9 });
  });

  it('forgets what was superseded longer ago than calls are kept, and nothing else', () => {
    const history = historyOf(
      change(START, { rateMultiplier: 2 }),
      change(START + DAY, { rateMultiplier: 3 }),
      change(START + 30 * DAY, { rateMultiplier: 4 }),
    );
    expect(history.of(logged(START + HOUR))).toBeUndefined();
    expect(history.of(logged(START + 29 * DAY))).toMatchObject({ rateMultiplier: 3 });
  });
});

describe('detection by what an organization has set', () => {
  /** A day and a bit of ten calls in five minutes, then `count` in one minute. */
  function findingsWith(history: SettingsHistory, count: number): string[] {
    const detection = new PartitionDetection({
      settings: DETECTOR_DEFAULTS,
      ownSettings: (one) => history.of(one),
    });
    const day = spread(10 * 12 * 25, START, START + 25 * HOUR);
    const burst = spread(count, START + 25 * HOUR, START + 25 * HOUR + MINUTE);
    return [...day, ...burst].flatMap((one) => detection.observeCall(one)).map(({ data }) => data.kind);
  }

  it('raises a spike at the multiplier that is set', () => {
    expect(findingsWith(historyOf(), 50)).toContain('rate_spike');
    expect(findingsWith(historyOf(change(START, { rateMultiplier: 10 })), 50)).not.toContain('rate_spike');
    expect(findingsWith(historyOf(), 15)).not.toContain('rate_spike');
    expect(findingsWith(historyOf(change(START, { rateMultiplier: 1.5 })), 15)).toContain('rate_spike');
  });

  it('raises none below the calls that are set', () => {
    expect(findingsWith(historyOf(change(START, { rateMinCalls: 200 })), 50)).not.toContain('rate_spike');
  });

  it('raises nothing of a kind that is off, and knows what is usual when it is on again', () => {
    expect(findingsWith(historyOf(change(START, { off: ['rate_spike'] })), 50)).not.toContain('rate_spike');
    const again = historyOf(change(START, { off: ['rate_spike'] }), change(START + 24 * HOUR, null));
    expect(findingsWith(again, 50)).toContain('rate_spike');
  });
});
