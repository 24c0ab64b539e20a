import type { SystemConsumer, SystemService, SystemSpool } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { activities } from './activities.js';

const service = (name: string, status: SystemService['status'] = 'serving', checks: SystemService['checks'] = []): SystemService => ({
  service: name, status, version: '1', startedAt: null, uptimeSeconds: null, checks, reason: null,
}); // prettier-ignore
const consumer = (name: string, lag: number | null): SystemConsumer => ({
  service: name,
  group: 'g',
  topic: 't',
  lag,
  partitions: [],
  reason: lag === null ? 'no log' : null,
});
const spool = (more: Partial<SystemSpool> = {}): SystemSpool => ({
  gateway: 'g1', bytes: 0, oldestUnsentAt: null, oldestUnsentSeconds: null, refusing: false, sending: true, reason: null, ...more,
}); // prettier-ignore

const NAMES = ['gateway', 'policy', 'audit', 'anomaly', 'notification'];
const healthy = {
  services: NAMES.map((name) => service(name)),
  consumers: ['audit', 'anomaly', 'notification'].map((name) => consumer(name, 10)),
  spools: [spool()],
};
const states = (facts: Partial<typeof healthy>) =>
  Object.values(activities({ ...healthy, ...facts })).map(({ state }) => state);
const but = (changed: SystemService) =>
  healthy.services.map((each) => (each.service === changed.service ? changed : each));

describe('activities', () => {
  it('are ok when everything is', () => {
    expect(states({})).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(activities(healthy).serving).toEqual({ state: 'ok', reason: null });
  });

  it.each([
    ['policy starting', { services: but(service('policy', 'starting')) }, ['down', 'ok', 'ok', 'ok']],
    ['audit gone', { services: but(service('audit', 'unreachable')) }, ['ok', 'unknown', 'ok', 'ok']],
    [
      'audit degraded',
      { services: but(service('audit', 'degraded', [{ name: 'lag', ok: false, detail: 'lag 9' }])) },
      ['ok', 'behind', 'ok', 'ok'],
    ],
    ['no notification', { services: healthy.services.slice(0, 4) }, ['ok', 'ok', 'ok', 'unknown']],
    [
      'anomaly behind',
      { consumers: [consumer('audit', 0), consumer('anomaly', 9_000)] },
      ['ok', 'ok', 'behind', 'ok'],
    ],
    [
      'no log',
      { consumers: ['audit', 'anomaly', 'notification'].map((name) => consumer(name, null)) },
      ['ok', 'unknown', 'unknown', 'unknown'],
    ],
    ['a full spool', { spools: [spool({ refusing: true })] }, ['down', 'ok', 'ok', 'ok']],
    ['a spool that waits', { spools: [spool({ sending: false })] }, ['ok', 'behind', 'ok', 'ok']],
  ])('tell %s', (_, facts, expected) => {
    expect(states(facts)).toEqual(expected);
  });

  it('say why', () => {
    const facts = {
      ...healthy,
      services: but(service('audit', 'degraded', [{ name: 'lag', ok: false, detail: 'lag 9' }])),
    };
    expect(activities(facts).auditing.reason).toBe('audit: lag (lag 9)');
  });
});
