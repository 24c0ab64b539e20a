import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptQueue, startAlertRig, type AlertRig } from '../../test/alert-rig.js';
import { finding, HOUR, MINUTE, SECOND } from '../../test/events.js';

let rig: AlertRig;
beforeEach(async () => {
  rig = await startAlertRig();
});
afterEach(() => rig.stop());

const toOne = { defaultRoute: { channels: ['ch1'] } };
const each = { defaultRoute: { channels: ['ch1'], groupBy: ['alert'] } };
const many = (count: number, data: object = {}) =>
  Array.from({ length: count }, (_, n) => finding({ dedupKey: `k${n}`, ...data }));

describe('replicas', () => {
  it('tell a channel once between them', async () => {
    await rig.routes({ defaultRoute: { channels: ['ch1', 'ch2', 'ch3'], groupBy: ['alert'] } });
    await rig.take(...many(20));
    const others = [rig.newSide(), rig.newSide()];
    rig.clock.advance(30 * SECOND);
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([rig.side, ...others].map((side) => side.timers.run(rig.now())));
    }
    const queued = await rig.queued();
    const told = queued.flatMap((one) => one.alerts.map(({ id }) => `${one.channelId}/${id}`));
    expect(new Set(told).size).toBe(told.length);
    expect(told).toHaveLength(60);
  });

  it('resolve and reroute once between them', async () => {
    await rig.take(...many(40));
    await rig.routes(toOne);
    const other = rig.newSide();
    await Promise.all([rig.side.rerouting.run(rig.now()), other.rerouting.run(rig.now())]);
    rig.clock.advance(2 * HOUR);
    await Promise.all([rig.side.resolveQuiet(), other.resolveQuiet()]);
    const published = await rig.published();
    expect(published.filter(({ type }) => type === 'AlertResolved')).toHaveLength(40);
  });

  it('do not lose what changes while they tell', async () => {
    await rig.routes({ defaultRoute: { channels: ['ch1'], groupWait: 0, groupInterval: 10 } });
    const ids = new Map<string, string>();
    for (let round = 0; round < 6; round += 1) {
      const firing = Array.from({ length: 10 }, (_, n) => finding({ dedupKey: `r${round}-${n}` }));
      await Promise.all([
        rig.take(...firing),
        rig.side.timers.run(rig.now()),
        rig.side.timers.run(rig.now()),
      ]);
      for (const { id, dedupKey } of await rig.alerts()) ids.set(dedupKey, id);
      const resolving = [...ids].filter(([key]) => key.startsWith(`r${round}-`)).slice(0, 5);
      await Promise.all([
        ...resolving.map(([, alertId]) => rig.command({ type: 'ResolveAlert', alertId })),
        rig.side.timers.run(rig.now()),
      ]);
      rig.clock.advance(3 * SECOND);
    }
    await rig.pass(MINUTE, SECOND);
    const queued = await rig.queued();
    const last = new Map<string, string>();
    for (const { alerts } of queued) for (const { id, state } of alerts) last.set(id, state);
    for (const alert of await rig.alerts()) {
      const told = last.get(alert.id);
      if (alert.state === 'resolved') expect(told ?? 'resolved').toBe('resolved');
      else expect(told).toBe('open');
    }
    expect(last.size).toBeGreaterThanOrEqual(30);
  });
});

describe('a process that dies', () => {
  it('while it tells has told nothing: the next one does, once', async () => {
    await rig.routes(each);
    await rig.take(...many(3));
    rig.clock.advance(30 * SECOND);
    let enqueued = 0;
    const dying = rig.newSide({
      queue: {
        async enqueue(session, notification) {
          await keptQueue.enqueue(session, notification);
          enqueued += 1;
          if (enqueued === 2) throw new Error('killed');
        },
      },
    });
    await expect(dying.timers.run(rig.now())).rejects.toThrow('killed');
    expect(await rig.queued()).toEqual([]);
    await rig.side.timers.run(rig.now());
    await rig.side.timers.run(rig.now());
    expect(await rig.queued()).toHaveLength(3);
  });

  it('over one channel keeps no other waiting', async () => {
    await rig.routes({ defaultRoute: { channels: ['broken', 'ch1', 'ch2'] } });
    await rig.take(finding());
    rig.clock.advance(30 * SECOND);
    const side = rig.newSide({
      queue: {
        enqueue: (session, notification) =>
          notification.channelId === 'broken'
            ? Promise.reject(new Error('no such channel'))
            : keptQueue.enqueue(session, notification),
      },
    });
    await expect(side.timers.run(rig.now())).rejects.toThrow('no such channel');
    expect((await rig.queued()).map(({ channelId }) => channelId).sort()).toEqual(['ch1', 'ch2']);
  });

  it('forgets no timer', async () => {
    await rig.routes(toOne);
    await rig.take(finding());
    await rig.pass(30 * SECOND);
    // Another process, hours later.
    rig.clock.advance(5 * HOUR);
    await rig.newSide().timers.run(rig.now());
    expect(await rig.queued()).toHaveLength(2);
  });
});

describe('a clock that jumps', () => {
  it('back makes nobody wait for it to catch up, and repeats nothing', async () => {
    await rig.routes(toOne);
    await rig.take(finding());
    await rig.pass(30 * SECOND);
    rig.clock.advance(-24 * HOUR);
    await rig.pass(MINUTE);
    expect(await rig.queued()).toHaveLength(1);
    // What is new is told within the group's interval from here on.
    await rig.take(finding({ dedupKey: 'new' }));
    await rig.pass(6 * MINUTE, SECOND * 10);
    expect(await rig.queued()).toHaveLength(2);
    await rig.pass(4 * HOUR + MINUTE, MINUTE);
    expect(await rig.queued()).toHaveLength(3);
  });

  it('back while a group still waits for its first time', async () => {
    await rig.routes(toOne);
    await rig.take(finding());
    rig.clock.advance(-24 * HOUR);
    await rig.pass(2 * MINUTE);
    expect(await rig.queued()).toHaveLength(1);
  });

  it('forth tells what is due by then once, and back again nothing more', async () => {
    await rig.routes(toOne);
    await rig.take(finding());
    await rig.pass(30 * SECOND);
    rig.clock.advance(72 * HOUR);
    await rig.side.timers.run(rig.now());
    await rig.side.timers.run(rig.now());
    expect(await rig.queued()).toHaveLength(2);
    rig.clock.advance(-72 * HOUR);
    await rig.pass(3 * HOUR, MINUTE);
    expect(await rig.queued()).toHaveLength(2);
  });

  it('back leaves no mute that is longer than one may be', async () => {
    await rig.routes(toOne);
    await rig.take(finding());
    await rig.mute(HOUR);
    rig.clock.advance(-24 * HOUR);
    await rig.pass(10 * MINUTE);
    expect(await rig.queued()).toEqual([]);
    rig.clock.advance(-365 * 24 * HOUR);
    await rig.pass(10 * MINUTE);
    expect(await rig.queued()).toHaveLength(1);
    expect(await rig.alerts()).toMatchObject([{ mutedUntil: null }]);
  });

  it('forth ends a mute whose time it says has come, once', async () => {
    await rig.routes(toOne);
    await rig.take(finding());
    await rig.mute(HOUR);
    rig.clock.advance(2 * HOUR);
    await rig.pass(MINUTE);
    expect(await rig.queued()).toHaveLength(1);
    rig.clock.advance(-2 * HOUR);
    await rig.pass(30 * MINUTE);
    expect(await rig.queued()).toHaveLength(1);
  });

  it('back keeps no alert from becoming quiet', async () => {
    await rig.take(finding());
    rig.clock.advance(-24 * HOUR);
    await rig.side.resolveQuiet();
    rig.clock.advance(HOUR);
    await rig.side.resolveQuiet();
    expect(await rig.alerts()).toMatchObject([{ state: 'resolved' }]);
  });
});

describe('a storm', () => {
  const limits = { normal: { burst: 5, perHour: 60 }, critical: { burst: 2, perHour: 60 } };
  beforeEach(async () => {
    await rig.stop();
    rig = await startAlertRig({ limits });
    await rig.routes(each);
  });

  it('is told in one digest, which shows 50 and counts the rest', async () => {
    await rig.take(...many(1_500));
    await rig.pass(30 * SECOND, 30 * SECOND);
    expect(await rig.queued()).toMatchObject([{ groupKey: 'digest', kind: 'firing', omitted: 1_450 }]);
    expect((await rig.queued())[0]!.alerts).toHaveLength(50);
    await rig.pass(HOUR, MINUTE);
    expect(await rig.queued()).toHaveLength(1);
  });

  it('does not hold back what is critical', async () => {
    await rig.take(...many(6));
    await rig.pass(30 * SECOND);
    await rig.take(...Array.from({ length: 20 }, (_, n) => finding({ dedupKey: `x${n}` })));
    await rig.pass(30 * SECOND);
    const before = (await rig.queued()).length;
    await rig.take(finding({ dedupKey: 'critical', severity: 'critical' }));
    await rig.side.timers.run(rig.now());
    expect((await rig.queued()).slice(before)).toMatchObject([{ alerts: [{ severity: 'critical' }] }]);
  });

  it('shows in the alert when it is told after all', async () => {
    for (let n = 0; n < 5; n += 1) {
      await rig.take(finding({ dedupKey: `k${n}` }));
      await rig.pass(31 * SECOND);
    }
    expect((await rig.queued()).length).toBe(5);
    await rig.take(...Array.from({ length: 9 }, (_, n) => finding({ dedupKey: `x${n}` })));
    await rig.pass(30 * SECOND);
    await rig.pass(60 * SECOND);
    const queued = await rig.queued();
    // Two minutes of tokens were saved up; all nine come in one.
    expect(queued.at(-1)).toMatchObject({ groupKey: 'digest' });
    expect(queued.at(-1)!.alerts).toHaveLength(9);
  });
});

describe('10,000 alerts', () => {
  it('are taken in, told of and ended in bounded pieces', async () => {
    await rig.routes(toOne);
    const findings = many(10_000);
    for (let from = 0; from < findings.length; from += 1_000)
      await rig.take(...findings.slice(from, from + 1_000));
    await rig.pass(30 * SECOND, 30 * SECOND);
    const [notification, ...more] = await rig.queued();
    expect(more).toEqual([]);
    expect(notification).toMatchObject({ omitted: 9_950 });
    expect(notification!.alerts).toHaveLength(50);
    // A little over what the audit and every channel take.
    expect(Buffer.byteLength(JSON.stringify(notification))).toBeLessThan(64 * 1024);

    rig.clock.advance(2 * HOUR);
    await rig.side.resolveQuiet();
    await rig.pass(SECOND);
    expect(await rig.queued()).toMatchObject([{}, { kind: 'resolved', omitted: 9_950 }]);
    expect(await rig.database.query('select 1 from notification.group_members')).toEqual([]);
    const page = await rig.alerts({ limit: 200 });
    expect(page).toHaveLength(200);
  }, 600_000);
});
