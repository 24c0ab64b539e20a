import { describe, expect, it } from 'vitest';
import { composeNotification, shownFirst, SHOWN_LIMIT } from './compose-notification.js';
import { dueNotifications, type PlannedGroup } from './due-notifications.js';
import type { Member } from './member.js';
import type { StormLimits } from './storm-guard.js';

const NOW = 1_000_000;
const limits: StormLimits = { normal: { burst: 3, perHour: 60 }, critical: { burst: 2, perHour: 60 } };
const full = { tokens: 3, criticalTokens: 2, filledAt: NOW };

const member = (alertId: string, life: Partial<Member['life']> = {}, since = NOW): Member => ({
  alertId,
  since,
  told: null,
  life: {
    state: 'open',
    severity: 'medium',
    openings: 1,
    wasAcknowledged: false,
    resolution: null,
    mutedUntil: null,
    ...life,
  },
});
const planned = (
  id: string,
  { critical = false, kind = 'firing' as 'firing' | 'resolved', due = true } = {},
): PlannedGroup => ({
  group: { id, tenantId: 't', channelId: 'c', routeId: null, groupKey: id, lastNotifiedAt: 5, nextAt: 7 },
  plan: {
    tell: due ? { kind, critical, members: [member(id)] } : null,
    nextAt: NOW + 99,
    told: new Map(due ? [[id, { opening: 1, firing: true, severity: 'medium', at: NOW }]] : []),
    done: [`${id}-done`],
  },
});
const ids = (count: number, prefix = 'g') => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('groups that are due', () => {
  it('are told each on its own while there are tokens', () => {
    const pass = dueNotifications(
      ids(3).map((id) => planned(id)),
      full,
      limits,
      NOW,
    );
    expect(pass.notifications).toHaveLength(3);
    expect(pass.bucket).toEqual({ ...full, tokens: 0 });
    expect(pass.groups[0]).toEqual({ id: 'g0', lastNotifiedAt: NOW, nextAt: NOW + 99 });
    expect([...pass.told.keys()]).toEqual(ids(3));
  });

  it('are told in one digest when they are more, for one token', () => {
    const pass = dueNotifications(
      [...ids(4).map((id) => planned(id, { kind: 'resolved' })), planned('firing')],
      full,
      limits,
      NOW,
    );
    expect(pass.notifications).toHaveLength(1);
    expect(pass.notifications[0]).toMatchObject({ kind: 'firing', members: { length: 5 } });
    expect(pass.bucket.tokens).toBe(2);
    expect(pass.told.size).toBe(5);
  });

  it('wait for a token when there is none, and change nothing meanwhile', () => {
    const pass = dueNotifications([planned('a'), planned('b')], { ...full, tokens: 0 }, limits, NOW);
    expect(pass.notifications).toEqual([]);
    expect(pass.told.size).toBe(0);
    expect(pass.done).toEqual([]);
    expect(pass.groups).toMatchObject([
      { id: 'a', lastNotifiedAt: 5, nextAt: NOW + 60_000 },
      { id: 'b', lastNotifiedAt: 5, nextAt: NOW + 60_000 },
    ]);
  });

  it('with critical news have tokens of their own', () => {
    const groups = [planned('a', { critical: true }), planned('b'), planned('c')];
    const pass = dueNotifications(groups, { ...full, tokens: 0 }, limits, NOW);
    expect(pass.notifications.map(({ groups: [group] }) => group!.id)).toEqual(['a']);
    expect(pass.bucket).toMatchObject({ tokens: 0, criticalTokens: 1 });
    const flooded = ids(9).map((id) => planned(id, { critical: true }));
    expect(dueNotifications([...flooded, planned('x')], full, limits, NOW).notifications).toHaveLength(2);
  });

  it('and those that are not are looked at again at their time', () => {
    const pass = dueNotifications([planned('a', { due: false })], full, limits, NOW);
    expect(pass).toMatchObject({
      notifications: [],
      groups: [{ id: 'a', lastNotifiedAt: 5, nextAt: NOW + 99 }],
      done: ['a-done'],
      bucket: full,
    });
  });
});

describe('a notification', () => {
  it('shows what fires, the worst and the latest first, and counts the rest', () => {
    const members = [
      member('ended', { state: 'resolved', resolution: 'quiet', severity: 'critical' }),
      member('mild', { severity: 'low' }),
      member('old', { severity: 'high' }, NOW - 1),
      member('new', { severity: 'high' }),
    ];
    expect(shownFirst(members).map(({ alertId }) => alertId)).toEqual(['new', 'old', 'mild', 'ended']);
    expect(shownFirst(ids(200).map((id) => member(id)))).toHaveLength(SHOWN_LIMIT);
    const { group } = planned('g');
    const many = { kind: 'firing' as const, groups: [group], members: ids(200).map((id) => member(id)) };
    const made = composeNotification(
      { ...many, id: 'n1', alerts: [], ends: [], now: NOW },
      { dashboardUrl: null },
    );
    expect(made).toMatchObject({ id: 'n1', omitted: 200, alerts: [] });
  });
});
