import {
  envelopeSchema,
  notificationDeliverySchemas,
  type NotificationDeliveryType,
} from '@portcullis/contracts';
import { until } from '@portcullis/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAlertRig, type AlertRig } from '../test/alert-rig.js';
import {
  call,
  connectionCreated,
  finding,
  HOUR,
  killSwitchEngaged,
  killSwitchReleased,
  MINUTE,
  SECOND,
} from '../test/events.js';

let rig: AlertRig;
beforeEach(async () => {
  rig = await startAlertRig();
});
afterEach(() => rig.stop());

const toOne = { defaultRoute: { channels: ['ch1'] } };

describe('what happens becomes an alert', () => {
  it('of a finding, with its evidence; firing again is counted', async () => {
    await rig.take(finding(), finding({ observed: { value: 300, unit: 'calls', detail: {} } }));
    const [alert, ...others] = await rig.alerts();
    expect(others).toEqual([]);
    expect(alert).toMatchObject({
      kind: 'rate_spike',
      state: 'open',
      severity: 'medium',
      occurrences: 2,
      openings: 1,
      connection: { id: 'c1', slug: 'github' },
    });
    expect(await rig.alert(alert!.id)).toMatchObject({
      observed: { value: 300, unit: 'calls' },
      expected: { value: 20, threshold: 60 },
      evidence: { lens: { q: 'connection:github' }, requests: ['r1'], trace: 'ig_trace_1' },
      history: [{ type: 'AlertOpened', state: 'open', actor: { type: 'service', id: 'notification' } }],
    });
  });

  it('of calls a rule let pass with an alert: one for rule and connection, however many they are', async () => {
    const other = { connection: { id: 'c2', slug: 'jira' } };
    await rig.take(
      ...Array.from({ length: 300 }, () => call()),
      call(other),
      call({ rule: null, policy: null }),
      call({ decision: 'allow' }),
      call({}, { type: 'CallCompleted' }),
    );
    const alerts = await rig.alerts();
    expect(
      alerts.map(({ kind, occurrences, severity, rule }) => [kind, occurrences, severity, rule]).sort(),
    ).toEqual([
      ['policy_alert', 1, 'low', null],
      ['policy_alert', 1, 'medium', 'refunds'],
      ['policy_alert', 300, 'medium', 'refunds'],
    ]);
  });

  it('of a kill switch, until it is released', async () => {
    await rig.take(connectionCreated('c1', 'github'), killSwitchEngaged('ks1'));
    const [alert] = await rig.alerts();
    expect(alert).toMatchObject({
      kind: 'kill_switch',
      severity: 'high',
      state: 'open',
      title: 'Ana stopped connection github: leak',
      connection: { id: 'c1', slug: 'github' },
      quietAt: null,
    });
    await rig.take(killSwitchReleased('other'), killSwitchReleased('ks1'));
    expect(await rig.alert(alert!.id)).toMatchObject({
      state: 'resolved',
      resolution: 'released',
      resolvedBy: 'Ben',
      killSwitch: { id: 'ks1', scope: 'connection', target: 'c1', reason: 'leak' },
      history: [{ type: 'AlertResolved', actor: { id: 'u2' } }, { type: 'AlertOpened' }],
    });
  });

  it('resolved by quiet, and reopened when it fires again', async () => {
    await rig.take(finding());
    rig.clock.advance(HOUR - 1);
    await rig.side.resolveQuiet();
    expect(await rig.alerts({ states: ['open'] })).toHaveLength(1);
    rig.clock.advance(1);
    await rig.side.resolveQuiet();
    expect(await rig.alerts()).toMatchObject([{ state: 'resolved', resolution: 'quiet', resolvedBy: null }]);
    await rig.take(finding());
    expect(await rig.alerts()).toMatchObject([{ state: 'reopened', openings: 2, resolution: null }]);
  });

  it('said by events that the contract knows, with what led to them', async () => {
    const cause = finding();
    await rig.take(cause);
    const [alert] = await rig.alerts();
    for (const command of ['Acknowledge', 'Resolve', 'Reopen']) {
      await rig.command({ type: `${command}Alert`, alertId: alert!.id, note: 'n' });
    }
    const until = new Date(rig.now() + HOUR).toISOString();
    await rig.command({ type: 'MuteAlert', alertId: alert!.id, until });
    await rig.command({ type: 'UnmuteAlert', alertId: alert!.id });
    const published = await rig.published();
    expect(published.map(({ type }) => type)).toEqual([
      'AlertOpened',
      'AlertAcknowledged',
      'AlertResolved',
      'AlertReopened',
      'AlertMuted',
      'AlertUnmuted',
    ]);
    for (const event of published) {
      expect(envelopeSchema.safeParse(event).success).toBe(true);
      const schema = notificationDeliverySchemas[event.type as NotificationDeliveryType];
      expect(schema.parse(event.data)).toEqual(event.data);
    }
    expect(published[0]).toMatchObject({ causationId: cause.id, correlationId: 'ig_trace_1' });
    expect(published[1]).toMatchObject({ actor: { id: 'u1' }, data: { note: 'n', state: 'acknowledged' } });
  });
});

describe('a channel is told', () => {
  it('after the group wait, together, with links', async () => {
    await rig.routes(toOne);
    await rig.take(finding(), finding({ dedupKey: 'rate_spike:c1:1', agent: 'coder' }));
    await rig.pass(29 * SECOND);
    expect(await rig.queued()).toEqual([]);
    await rig.pass(SECOND);
    const [notification, ...more] = await rig.queued();
    expect(more).toEqual([]);
    expect(notification).toMatchObject({ tenantId: 'acme', channelId: 'ch1', kind: 'firing', omitted: 0 });
    expect(notification!.alerts).toHaveLength(2);
    expect(notification!.alerts[0]!.link).toMatch(
      /^https:\/\/portcullis\.example\.com\/alerts\/[0-9a-f-]{36}$/,
    );
  });

  it('at once of what is critical', async () => {
    await rig.routes(toOne);
    await rig.take(killSwitchEngaged('ks1', { scope: 'organization', target: null }));
    await rig.side.timers.run(rig.now());
    expect(await rig.queued()).toMatchObject([{ kind: 'firing', alerts: [{ severity: 'critical' }] }]);
  });

  it('again only after the repeat interval, and of the end after the group interval', async () => {
    await rig.routes(toOne);
    await rig.take(finding());
    await rig.pass(30 * SECOND);
    const [alert] = await rig.alerts();
    await rig.take(finding());
    await rig.pass(4 * HOUR - SECOND, MINUTE);
    expect(await rig.queued()).toHaveLength(1);
    await rig.pass(SECOND);
    expect(await rig.queued()).toHaveLength(2);
    await rig.command({ type: 'ResolveAlert', alertId: alert!.id });
    await rig.pass(5 * MINUTE, MINUTE);
    expect((await rig.queued()).map(({ kind }) => kind)).toEqual(['firing', 'firing', 'resolved']);
    await rig.pass(9 * HOUR, HOUR);
    expect(await rig.queued()).toHaveLength(3);
    expect(await rig.database.query('select 1 from notification.groups')).toEqual([]);
  });

  it('shows when it is next told, and nothing when it will not be', async () => {
    await rig.routes(toOne);
    await rig.take(finding());
    const next = async () => (await rig.alerts())[0]!.nextNotificationAt;
    const from = rig.now();
    const at = (ms: number) => new Date(from + ms).toISOString();
    expect(await next()).toBe(at(30 * SECOND));
    await rig.pass(30 * SECOND);
    expect(await next()).toBe(at(30 * SECOND + 4 * HOUR));
    const [alert] = await rig.alerts();
    await rig.command({ type: 'AcknowledgeAlert', alertId: alert!.id });
    expect(await next()).toBeNull();
    const resolved = await rig.command({ type: 'ResolveAlert', alertId: alert!.id });
    expect(resolved.nextNotificationAt).toBe(at(30 * SECOND + 5 * MINUTE));
    expect((await rig.alert(alert!.id)).planned).toEqual([
      { channelId: 'ch1', routeId: null, at: at(30 * SECOND + 5 * MINUTE), groupSize: 1 },
    ]);
  });

  it('of nothing while it is muted, and then at once', async () => {
    await rig.routes(toOne);
    await rig.take(finding());
    const { until, told } = await rig.mute(HOUR);
    expect(told).toMatchObject({ mutedUntil: until, nextNotificationAt: until });
    await rig.pass(HOUR - SECOND, MINUTE);
    expect(await rig.queued()).toEqual([]);
    await rig.pass(SECOND);
    expect(await rig.queued()).toHaveLength(1);
  });

  it('at once when somebody unmutes what is long due', async () => {
    await rig.routes(toOne);
    await rig.take(finding());
    const { alertId } = await rig.mute(HOUR);
    await rig.pass(10 * MINUTE, MINUTE);
    await rig.command({ type: 'UnmuteAlert', alertId });
    await rig.side.timers.run(rig.now());
    expect(await rig.queued()).toHaveLength(1);
  });
});

describe('new routes', () => {
  it('take over what fires already, and tell nobody twice of it', async () => {
    await rig.routes(toOne);
    await rig.take(finding(), finding({ dedupKey: 'x', kind: 'denial_burst' }));
    await rig.pass(30 * SECOND);
    expect(await rig.queued()).toHaveLength(2);
    await rig.routes({
      routes: [
        { id: 'spikes', name: 'Spikes', matchers: { kinds: ['rate_spike'] }, channels: ['ch1', 'ch2'] },
      ],
      defaultRoute: { channels: [] },
    });
    await rig.side.rerouting.run(rig.now());
    await rig.pass(10 * MINUTE, MINUTE);
    expect((await rig.queued()).slice(2)).toMatchObject([
      { channelId: 'ch2', alerts: [{ kind: 'rate_spike' }] },
    ]);
    const next = new Map(
      (await rig.alerts()).map((alert) => [alert.kind, alert.nextNotificationAt !== null]),
    );
    expect(next).toEqual(
      new Map([
        ['rate_spike', true],
        ['denial_burst', false],
      ]),
    );
  });

  it('are refused when they replace another version, name what is no channel, or cannot be read', async () => {
    const replace = (list: object, expectedVersion: number) =>
      rig.command<{ version: number }>({ type: 'ReplaceRoutes', list, expectedVersion });
    const list = { routes: [], defaultRoute: { channels: ['ch1'], groupBy: [] } };
    expect(await replace(list, 1)).toMatchObject({ version: 2 });
    await expect(replace(list, 1)).rejects.toMatchObject({ code: 'notification_routes.version_conflict' });
    await expect(
      replace({ ...list, defaultRoute: { channels: ['unknown'], groupBy: [] } }, 2),
    ).rejects.toMatchObject({
      code: 'notification_routes.invalid',
      issues: [{ pointer: '/defaultRoute/channels/0' }],
    });
    const route = { name: 'r', matchers: { connections: ['[a'] }, channels: [], groupBy: [] };
    await expect(replace({ ...list, routes: [route] }, 2)).rejects.toMatchObject({
      issues: [{ pointer: '/routes/0/matchers/connections/0' }],
    });
  });
});

describe('the health page', () => {
  it('tells of work that fails again and again, until it works', async () => {
    let broken = true;
    const side = rig.newSide({
      onError: () => undefined,
      queue: { enqueue: () => (broken ? Promise.reject(new Error('no queue')) : Promise.resolve()) },
    });
    await rig.routes({ defaultRoute: { channels: ['ch1'], groupWait: 0 } });
    await rig.take(finding());
    side.start();
    expect(side.check()).toEqual({ ok: true });
    await until(() => !side.check().ok);
    expect(side.check().detail).toBe('failing: group timers');
    broken = false;
    await until(() => side.check().ok);
    await side.stop();
  });
});

describe('another organization', () => {
  it('sees none of it and changes none of it', async () => {
    await rig.take(finding());
    const [alert] = await rig.alerts();
    expect(await rig.alerts({}, 'other')).toEqual([]);
    await expect(rig.alert(alert!.id, 'other')).rejects.toMatchObject({ code: 'alert.not_found' });
    for (const type of ['AcknowledgeAlert', 'ResolveAlert', 'ReopenAlert', 'UnmuteAlert']) {
      await expect(rig.command({ type, alertId: alert!.id }, 'other')).rejects.toMatchObject({
        code: 'alert.not_found',
      });
    }
    await expect(rig.alert('no-uuid')).rejects.toMatchObject({ code: 'alert.not_found' });
  });
});
