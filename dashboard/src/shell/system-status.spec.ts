import { describe, expect, it } from 'vitest';
import { dutyStatuses, worstState } from './system-status.js';

const all = (changes: Record<string, string> = {}) =>
  Object.fromEntries(
    ['gateway', 'policy', 'api', 'audit', 'anomaly', 'notification'].map((name) => [
      name,
      { status: changes[name] ?? 'serving' },
    ]),
  );
const states = (services: Parameters<typeof dutyStatuses>[0]) =>
  dutyStatuses(services).map(({ state }) => state);

describe('dutyStatuses', () => {
  it('tells serving, auditing, analysing and notifying apart', () => {
    expect(states(all())).toEqual(['up', 'up', 'up', 'up']);
    expect(states(all({ anomaly: 'stopping' }))).toEqual(['up', 'up', 'down', 'up']);
    expect(states(all({ gateway: 'degraded' }))).toEqual(['degraded', 'up', 'up', 'up']);
  });

  it('is down when one of several services is', () => {
    const [serving] = dutyStatuses(all({ gateway: 'degraded', policy: 'starting' }));
    expect(serving).toMatchObject({ state: 'down', ailing: ['gateway degraded', 'policy starting'] });
  });

  it('does not call well what it does not know', () => {
    expect(states({ api: { status: 'serving' } })).toEqual(['up', 'unknown', 'unknown', 'unknown']);
    expect(states(undefined)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
  });
});

describe('worstState', () => {
  it('prefers what is down', () => {
    expect(worstState(dutyStatuses(all({ audit: 'stopping', gateway: 'degraded' })))).toBe('down');
    expect(worstState(dutyStatuses(undefined))).toBe('unknown');
    expect(worstState(dutyStatuses(all()))).toBe('up');
  });
});
