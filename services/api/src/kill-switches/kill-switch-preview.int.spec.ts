import type { KillSwitchReach } from '@portcullis/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditHistory, callerOf, policyKnowing } from '../../test/audit-history.js';
import { KillSwitchPreview } from './kill-switch-preview.js';

const NOW = Date.now();
const MINUTE = 60_000;

let history: AuditHistory;

beforeAll(async () => {
  history = await AuditHistory.start();
  await history.add([
    { time: NOW - MINUTE, user: 'ana', key_id: 'k1', session: 's1' },
    { time: NOW - 2 * MINUTE, user: 'bob', key_id: 'k2', session: 's2' },
    { time: NOW - 3 * MINUTE, user: 'ana', key_id: 'k1', session: 's1' },
    { time: NOW - 3 * MINUTE, user: '', key_id: 'k1', session: 's1', connection_id: 'c-db' },
    { time: NOW - 60 * MINUTE, user: 'cy', key_id: 'k1', session: 's0' },
    { time: NOW - 30 * 60 * MINUTE, user: 'dan', key_id: 'k1' },
    { time: NOW - MINUTE, type: 'policy_published', method: '', tool: '', connection_id: 'c-shop' },
    { time: NOW - MINUTE, tenant_id: 'other', user: 'eve', key_id: 'k1', session: 's1' },
  ]);
});

afterAll(() => history?.stop());

const previewed = (reach: Omit<KillSwitchReach, 'name' | 'sessions'>, tenantId = 'acme') => {
  const killSwitchReach: KillSwitchReach = { ...reach, name: 'n', sessions: { active: 2, suspended: 0 } };
  return new KillSwitchPreview(policyKnowing('acme', { killSwitchReach }), history.store).of(
    callerOf(tenantId),
    reach,
  );
};

describe('what a kill switch would stop', () => {
  it('an organization', async () => {
    const found = await previewed({ scope: 'organization', target: null });
    expect(found).toMatchObject({
      sessions: { active: 2 },
      callsPerMinute: 0.4,
      lastUsers: [{ user: 'ana' }, { user: 'bob' }, { user: 'cy' }],
    });
    expect(found.calls.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    expect(found.lastUsers[0]?.lastSeenAt).toBe(new Date(NOW - MINUTE).toISOString());
  });

  it.each([
    ['agent', 'k1', 0.3, ['ana', 'cy']],
    ['connection', 'c-db', 0.1, []],
    ['session', 's2', 0.1, ['bob']],
    ['session', '" OR user:*', 0, []],
  ] as const)('a %s %s', async (scope, target, callsPerMinute, users) => {
    const found = await previewed({ scope, target });
    expect(found).toMatchObject({ callsPerMinute, target });
    expect(found.lastUsers.map(({ user }) => user)).toEqual(users);
  });

  it('asks the policy service first: a target of somebody else is not looked up', async () => {
    await expect(previewed({ scope: 'agent', target: 'k1' }, 'other')).rejects.toMatchObject({
      code: 'connection.not_found',
    });
  });
});
