import { randomBytes } from 'node:crypto';
import type {
  ChannelType,
  ChannelView,
  DeliveryView,
  NotificationCommand,
  WrittenChannel,
} from '@portcullis/contracts';
import { Database, migrate, PostgresEventStore } from '@portcullis/postgres';
import { SecretBox } from '@portcullis/service';
import { fixedClock, startPostgres, until, type TestPostgres } from '@portcullis/testing';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anAlert, aNotification, AT } from '../test/notifications.js';
import { startHttpReceiver } from '../test/receivers.js';
import { CHANNEL_SECRETS_PURPOSE } from './channels/channel-secrets.js';
import type { Channel, SendResult } from './channels/channel.js';
import { CommandDispatcher } from './commands/command-dispatcher.js';
import type { CommandHandlers } from './commands/command-handler.js';
import { DeliverySide } from './delivery-side.js';
import { notificationMigrations, SCHEMA } from './migrations.js';
import { newId } from './new-id.js';
import { EventOutbox } from './outbox/event-outbox.js';
import type { QueryHandlers } from './queries/query-handler.js';
import { routeStore } from './routing/route-store.js';

const ACTOR = { type: 'user', id: 'u1', name: 'Ana' } as const;
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const KEY = randomBytes(32);

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

async function startRig() {
  const url = await postgres.createDatabase();
  await migrate({ url, schema: SCHEMA, migrations: await notificationMigrations() });
  const database = await Database.open({ url, applicationName: 'test', maxConnections: 10 });
  const store = new PostgresEventStore({ database, url, schema: SCHEMA });
  const clock = fixedClock(new Date(AT));
  const receiver = await startHttpReceiver();
  const newSide = (channels: Partial<Record<ChannelType, Channel>> = {}, attemptMs = 45_000) =>
    new DeliverySide({
      channels,
      attemptMs,
      database,
      databaseUrl: url,
      outbox: new EventOutbox(store, newId),
      box: new SecretBox(KEY, CHANNEL_SECRETS_PURPOSE),
      mailServer: null,
      allowPrivate: true,
      dashboardUrl: null,
      now: () => clock.now(),
      newId,
      events: { attempted: () => undefined },
      deliveryDays: 30,
      onError: (error) => {
        throw error;
      },
    });
  const side = newSide();
  const dispatcher = new CommandDispatcher({
    database,
    handlers: side.commands as CommandHandlers,
    now: () => clock.now(),
    newId,
  });
  const queries = side.queries as QueryHandlers;
  const command = async <Data>(given: NotificationCommand, tenantId = 'acme') =>
    (await dispatcher.dispatch({ tenantId, actor: ACTOR, command: given })).data as Data;
  return {
    url,
    database,
    clock,
    receiver,
    side,
    newSide,
    command,
    webhook: (name = 'hook', path = '') =>
      command<WrittenChannel>({
        type: 'CreateChannel',
        channel: { type: 'webhook', name, enabled: true, settings: { url: receiver.url + path } },
      }),
    channel: async (id: string) =>
      (await queries.channel({ type: 'channel', channelId: id }, { tenantId: 'acme', session: database }))
        .data as ChannelView,
    deliveries: async (over: object = {}, tenantId = 'acme') =>
      (await queries.deliveries({ type: 'deliveries', limit: 50, ...over }, { tenantId, session: database }))
        .data as DeliveryView[],
    enqueue: (channelId: string, over: object = {}) =>
      database.transaction((session) =>
        side.queue.enqueue(
          session,
          aNotification({ id: newId(), channelId, createdAt: clock.now().toISOString(), ...over }),
        ),
      ),
    /** The lease of a worker that is not heard of any more. */
    runOut: () =>
      database.query(
        `update ${SCHEMA}.deliveries set claimed_until = clock_timestamp() - interval '1 second' where claimed_until is not null`,
      ),
    events: async () =>
      (await database.query<{ type: string }>(`select type from ${SCHEMA}.events order by position`)).map(
        ({ type }) => type,
      ),
    stop: async () => {
      // Commands wake it: what they began needs the database still.
      await side.stop();
      await store.close();
      await database.close();
      await receiver.stop();
    },
  };
}

let rig: Awaited<ReturnType<typeof startRig>>;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

/** A replay begins by itself; everything that is under way has arrived. */
const sentAgain = () =>
  until(
    async () => {
      await rig.side.worker.run();
      return (await rig.deliveries({ status: 'pending' })).length === 0;
    },
    { timeoutMs: 30_000, intervalMs: 10 },
  );

describe('a notification', () => {
  it('arrives once, signed, and is on record with its attempt', async () => {
    const { id, secret } = await rig.webhook();
    await rig.enqueue(id);
    expect(await rig.side.worker.run()).toBe(1);
    expect(await rig.side.worker.run()).toBe(0);
    const [delivery] = await rig.deliveries();
    expect(delivery).toMatchObject({
      status: 'delivered',
      channel: 'hook',
      attemptCount: 1,
      attempts: [{ ok: true, status: 200, response: 'taken' }],
    });
    const [{ headers, body }] = rig.receiver.received as [{ headers: Record<string, string>; body: string }];
    expect(headers['webhook-id']).toBe(delivery!.id);
    // The clock of this test stands in the past, which verification would refuse.
    expect(() => new Webhook(secret!).verify(body, headers)).toThrow(/old/);
    expect(await rig.events()).toEqual(['ChannelCreated', 'NotificationDelivered']);
  });

  it('is tried again by the schedule, under the same id, until it arrives', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    rig.receiver.becomes('fail');
    await rig.side.worker.run();
    rig.clock.advance(3 * SECOND);
    expect(await rig.side.worker.run()).toBe(0);
    rig.clock.advance(3 * SECOND);
    expect(await rig.side.worker.run()).toBe(1);
    expect(await rig.deliveries()).toMatchObject([
      { status: 'retrying', attemptCount: 2, deliveredAt: null },
    ]);
    rig.receiver.becomes('ok');
    rig.clock.advance(6 * 60 * SECOND);
    expect(await rig.side.worker.run()).toBe(1);
    expect(await rig.deliveries()).toMatchObject([{ status: 'delivered', attemptCount: 3 }]);
    expect(new Set(rig.receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('survives a receiver that is down for an hour, and what waits arrives in order once it is back', async () => {
    const { id } = await rig.webhook();
    rig.receiver.becomes('fail');
    for (let n = 0; n < 3; n += 1) {
      await rig.enqueue(id, { alerts: [anAlert({ title: `alert ${n}` })] });
      rig.clock.advance(SECOND);
    }
    const end = rig.clock.now().getTime() + HOUR;
    for (; rig.clock.now().getTime() < end; rig.clock.advance(30 * SECOND)) await rig.side.worker.run();
    // The circuit keeps the receiver from being asked all the time.
    expect(rig.receiver.received.length).toBeLessThan(15);
    rig.receiver.becomes('ok');
    rig.receiver.received.length = 0;
    for (let n = 0; n < 400 && (await rig.deliveries({ status: 'delivered' })).length < 3; n += 1) {
      await rig.side.worker.run();
      rig.clock.advance(30 * SECOND);
    }
    const titles = rig.receiver.received.map(
      ({ body }) => (JSON.parse(body) as { data: { alerts: { title: string }[] } }).data.alerts[0]!.title,
    );
    expect(titles).toEqual(['alert 0', 'alert 1', 'alert 2']);
  });

  it('that is refused for good is dead at once, and may be replayed under its own id', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    rig.receiver.becomes('refuse');
    await rig.side.worker.run();
    const [dead] = await rig.deliveries({ status: 'dead' });
    expect(dead).toMatchObject({ attemptCount: 1, attempts: [{ ok: false, error: 'delivery.http_400' }] });
    rig.receiver.becomes('ok');
    await rig.command({ type: 'ReplayDelivery', deliveryId: dead!.id });
    for (let n = 0; n < 50 && (await rig.deliveries({ status: 'delivered' })).length === 0; n += 1)
      await rig.side.worker.run();
    expect(rig.receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([dead!.id, dead!.id]);
    expect(await rig.events()).toEqual([
      'ChannelCreated',
      'NotificationDeadLettered',
      'NotificationReplayed',
      'NotificationDelivered',
    ]);
  });

  it('is replayed with the other dead ones of its time, and no others', async () => {
    const [first, second, off] = [await rig.webhook(), await rig.webhook(), await rig.webhook()];
    rig.receiver.becomes('refuse');
    const made: Record<string, string> = {};
    for (const [name, channel] of Object.entries({
      early: first,
      a: first,
      b: second,
      c: off,
      late: first,
    })) {
      const id = (made[name] = newId());
      await rig.enqueue(channel.id, { id, groupKey: name });
      await rig.side.worker.run();
      rig.clock.advance(HOUR);
    }
    await rig.command({ type: 'ChangeChannel', channelId: off.id, change: { enabled: false } });
    expect(await rig.deliveries({ status: 'dead' })).toHaveLength(5);
    rig.receiver.becomes('ok');
    const before = rig.receiver.received.length;
    const start = Date.parse(AT);
    const range = {
      from: new Date(start + HOUR).toISOString(),
      to: new Date(start + 4 * HOUR).toISOString(),
    };
    const replay = (over: object = {}, tenantId = 'acme') =>
      rig.command({ type: 'ReplayDeliveries', range: { ...range, ...over } }, tenantId);

    expect(await replay({}, 'other')).toEqual({ replayed: 0, remaining: 0, unreachable: 0 });
    for (const channelId of [newId(), 'x']) {
      await expect(replay({ channelId })).rejects.toMatchObject({ code: 'channel.not_found' });
    }
    await expect(replay({ channelId: second.id }, 'other')).rejects.toMatchObject({
      code: 'channel.not_found',
    });
    expect(await replay({ channelId: second.id })).toEqual({ replayed: 1, remaining: 0, unreachable: 0 });
    expect(await replay()).toEqual({ replayed: 1, remaining: 0, unreachable: 1 });
    expect(await replay()).toEqual({ replayed: 0, remaining: 0, unreachable: 1 });
    await sentAgain();
    const again = rig.receiver.received.slice(before).map(({ headers }) => headers['webhook-id']);
    expect(again.toSorted()).toEqual([made['a'], made['b']].toSorted());
    expect((await rig.events()).filter((type) => type === 'NotificationReplayed')).toHaveLength(2);
  });

  it('is one of 200 that a request replays, the oldest first', async () => {
    const { id } = await rig.webhook();
    await rig.database.transaction(async (session) => {
      for (let n = 0; n < 203; n += 1) {
        const createdAt = new Date(Date.parse(AT) + n).toISOString();
        const notification = aNotification({ id: newId(), channelId: id, groupKey: `${n}`, createdAt });
        await rig.side.queue.enqueue(session, notification);
      }
      await session.query("update notification.deliveries set status = 'dead', next_attempt_at = null");
    });
    const range = { from: AT, to: new Date(Date.parse(AT) + HOUR).toISOString() };
    expect(await rig.command({ type: 'ReplayDeliveries', range })).toMatchObject({
      replayed: 200,
      remaining: 3,
    });
    const left = await rig.deliveries({ status: 'dead' });
    expect(left.map(({ createdAt }) => Date.parse(createdAt) - Date.parse(AT))).toEqual([202, 201, 200]);
    expect(await rig.command({ type: 'ReplayDeliveries', range })).toMatchObject({
      replayed: 3,
      remaining: 0,
    });
    await sentAgain();
  });

  it('is dead after ten attempts over three days, its channel goes on', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    rig.receiver.becomes('fail');
    const begun = rig.clock.now().getTime();
    for (let n = 0; n < 20; n += 1) {
      const [{ nextAttemptAt }] = (await rig.deliveries()) as [DeliveryView];
      if (nextAttemptAt === null) break;
      rig.clock.advance(Math.max(0, Date.parse(nextAttemptAt) - rig.clock.now().getTime()));
      expect(await rig.side.worker.run()).toBe(1);
    }
    expect(await rig.deliveries()).toMatchObject([{ status: 'dead', attemptCount: 10, nextAttemptAt: null }]);
    expect(new Set(rig.receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect((rig.clock.now().getTime() - begun) / HOUR).toBeGreaterThan(60);
    expect((rig.clock.now().getTime() - begun) / HOUR).toBeLessThan(91);
    expect(await rig.events()).not.toContain('ChannelStopped');
    expect((await rig.channel(id)) as object).not.toMatchObject({ health: { state: 'stopped' } });
  });

  it('is dead when its channel stops, after five days of failing', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    rig.receiver.becomes('fail');
    for (let n = 0; n < 12; n += 1) {
      await rig.side.worker.run();
      rig.clock.advance(30 * HOUR);
    }
    expect(await rig.channel(id)).toMatchObject({ health: { state: 'stopped' } });
    expect(await rig.deliveries()).toMatchObject([{ status: 'dead', nextAttemptAt: null }]);
  });

  it('waits for an older one of its group, and for none of another', async () => {
    const { id } = await rig.webhook();
    rig.receiver.becomes('fail');
    await rig.enqueue(id, { groupKey: 'a' });
    await rig.side.worker.run();
    rig.clock.advance(SECOND);
    rig.receiver.becomes('ok');
    await rig.enqueue(id, { groupKey: 'a' });
    await rig.enqueue(id, { groupKey: 'b' });
    expect(await rig.side.worker.run()).toBe(1);
    // That it works again brings the older one forward, and the other one behind it.
    expect(await rig.side.worker.run()).toBe(1);
    expect(await rig.side.worker.run()).toBe(1);
    expect(await rig.deliveries({ status: 'delivered' })).toHaveLength(3);
  });

  it('is sent once however many processes look at once', async () => {
    const { id } = await rig.webhook();
    for (let n = 0; n < 40; n += 1) await rig.enqueue(id, { groupKey: `g${n}` });
    const workers = Array.from({ length: 4 }, () => rig.newSide().worker);
    for (let n = 0; n < 20; n += 1) await Promise.all(workers.map((worker) => worker.run()));
    expect(await rig.deliveries({ status: 'delivered' })).toHaveLength(40);
    const ids = rig.receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(40);
    expect(new Set(ids).size).toBe(40);
  });

  it('left behind by a process that died is taken up by another, under the same id', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    await rig.database.query(
      `update ${SCHEMA}.deliveries set claimed_until = clock_timestamp() + interval '1 minute'`,
    );
    expect(await rig.side.worker.run()).toBe(0);
    // Whose clock is wrong must not take from another what it is sending.
    rig.clock.advance(24 * HOUR);
    expect(await rig.newSide().worker.run()).toBe(0);
    await rig.runOut();
    expect(await rig.newSide().worker.run()).toBe(1);
    expect(await rig.deliveries()).toMatchObject([{ status: 'delivered' }]);
  });

  it('in the hand of a process that is gone is taken up at once', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    const slow = held();
    const gone = rig.newSide({ webhook: slow.channel });
    await gone.presence.show();
    const late = gone.worker.run();
    await until(() => slow.asked);
    const other = rig.newSide();
    expect(await other.worker.run()).toBe(0);
    await rig.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'notification-sender' and datname = current_database()`,
    );
    await until(() => gone.presence.number === null);
    // It lost its connection, not what it has in hand.
    await gone.worker.releaseAbandoned();
    expect(await gone.worker.begin()).toHaveLength(0);
    await until(async () => {
      await other.worker.releaseAbandoned();
      return (await other.worker.run()) === 1;
    });
    expect(await rig.deliveries()).toMatchObject([{ status: 'delivered' }]);
    slow.end({ kind: 'retry', error: 'delivery.timeout', status: null, response: null, retryAfterMs: null });
    await late;
    expect(await rig.deliveries()).toMatchObject([{ status: 'delivered' }]);
    await gone.presence.show();
    expect(gone.presence.number).not.toBeNull();
    await gone.presence.end();
  });

  it('is the business of whoever took it up last', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    const slow = held();
    const late = rig.newSide({ webhook: slow.channel }).worker.run();
    await until(() => slow.asked);
    await rig.runOut();
    expect(await rig.newSide().worker.run()).toBe(1);
    slow.end({ kind: 'retry', error: 'delivery.timeout', status: null, response: null, retryAfterMs: null });
    await late;
    expect(await rig.deliveries()).toMatchObject([
      { status: 'delivered', attemptCount: 1, nextAttemptAt: null },
    ]);
    expect(await rig.channel(id)).toMatchObject({ health: { state: 'ok', failures: 0 } });
  });

  it('is tried again when its receiver keeps the sender busy for too long', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    const busy = held();
    expect(await rig.newSide({ webhook: busy.channel }, 50).worker.run()).toBe(1);
    expect(await rig.deliveries()).toMatchObject([
      { status: 'retrying', attempts: [{ ok: false, error: 'delivery.timeout' }] },
    ]);
  });

  it('stays dead when its channel was switched off while it was on its way', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    const slow = held();
    const late = rig.newSide({ webhook: slow.channel }).worker.run();
    await until(() => slow.asked);
    await rig.command({ type: 'ChangeChannel', channelId: id, change: { enabled: false } });
    slow.end({ kind: 'retry', error: 'delivery.timeout', status: null, response: null, retryAfterMs: null });
    await late;
    expect(await rig.deliveries()).toMatchObject([{ status: 'dead', nextAttemptAt: null }]);
  });

  it('does not wait for a receiver of another channel that hangs', async () => {
    const hangs = await rig.webhook('hangs', '?hangs');
    const works = await rig.webhook('works');
    const slow = held();
    const sender = rig.newSide({
      webhook: {
        type: 'webhook',
        send: (notification, target, now) =>
          notification.channelId === hangs.id
            ? slow.channel.send(notification, target, now)
            : Promise.resolve({ kind: 'delivered', status: 200, response: null }),
      },
    });
    await rig.enqueue(hangs.id);
    sender.start();
    await until(() => slow.asked);
    await rig.enqueue(works.id);
    await until(async () => (await rig.deliveries({ channelId: works.id }))[0]?.status === 'delivered');
    expect(await rig.deliveries({ channelId: hangs.id })).toMatchObject([{ status: 'pending' }]);
    slow.end({ kind: 'delivered', status: 200, response: null });
    await sender.stop();
    expect(await rig.deliveries({ channelId: hangs.id })).toMatchObject([{ status: 'delivered' }]);
  });

  it('is not lost when the clock goes back', async () => {
    const { id } = await rig.webhook();
    rig.receiver.becomes('fail');
    await rig.enqueue(id);
    await rig.side.worker.run();
    rig.receiver.becomes('ok');
    rig.clock.advance(-24 * HOUR);
    expect(await rig.side.worker.run()).toBe(0);
    rig.clock.advance(24 * HOUR + 10 * SECOND);
    expect(await rig.side.worker.run()).toBe(1);
  });

  it('does not wait for a year that a clock took back', async () => {
    const { id } = await rig.webhook();
    rig.receiver.becomes('fail');
    await rig.enqueue(id);
    for (let failed = 0; failed < 6; failed += 1) {
      await rig.enqueue(id, { groupKey: `g${failed}` });
      await rig.side.worker.run();
      rig.clock.advance(HOUR);
    }
    expect(await rig.channel(id)).toMatchObject({
      health: { failures: expect.toSatisfy((n: number) => n >= 5) },
    });
    rig.clock.advance(-365 * 24 * HOUR);
    rig.receiver.becomes('ok');
    for (let round = 0; round < 10; round += 1) await rig.side.worker.run();
    expect(await rig.deliveries({ status: 'delivered' })).toHaveLength(7);
  });
});

/** A receiver that answers when it is told to. */
function held() {
  let end: (result: SendResult) => void = () => undefined;
  const answer = new Promise<SendResult>((resolve) => (end = resolve));
  const state = {
    asked: false,
    end: (result: SendResult) => end(result),
    channel: {
      type: 'webhook',
      send: () => {
        state.asked = true;
        return answer;
      },
    } as Channel,
  };
  return state;
}

describe('a channel', () => {
  it('that is gone is stopped, and another one tells of it', async () => {
    const broken = await rig.webhook('broken');
    rig.receiver.becomes('gone');
    await rig.enqueue(broken.id);
    const works = await rig.webhook('works');
    await rig.side.worker.run();
    expect(await rig.channel(broken.id)).toMatchObject({
      health: { state: 'stopped', lastError: 'delivery.gone' },
    });
    rig.receiver.becomes('ok');
    await rig.side.worker.run();
    const [told] = await rig.deliveries({ channelId: works.id });
    expect(told).toMatchObject({ status: 'delivered' });
    expect(rig.receiver.received.at(-1)?.body).toContain('Notifications over broken have stopped');
    expect(await rig.events()).toContain('ChannelStopped');
    // What comes meanwhile is kept, to be replayed; enabling it makes it work again.
    await rig.enqueue(broken.id);
    expect(await rig.deliveries({ channelId: broken.id, status: 'dead' })).toHaveLength(2);
    await rig.command({ type: 'ChangeChannel', channelId: broken.id, change: { enabled: true } });
    expect(await rig.channel(broken.id)).toMatchObject({ health: { state: 'ok' } });
  });

  it('that stops is told of over one that fails, when there is no better one', async () => {
    const other = await rig.webhook('other');
    rig.receiver.becomes('fail');
    await rig.enqueue(other.id);
    await rig.side.worker.run();
    const broken = await rig.webhook('broken');
    rig.receiver.becomes('gone');
    await rig.enqueue(broken.id);
    await rig.side.worker.run();
    rig.receiver.becomes('ok');
    await rig.side.worker.run();
    expect(rig.receiver.received.at(-1)?.body).toContain('Notifications over broken have stopped');
  });

  it('signs with both secrets for a day after a rotation', async () => {
    const { id, secret: old } = await rig.webhook();
    const { secret: next } = await rig.command<WrittenChannel>({
      type: 'ChangeChannel',
      channelId: id,
      change: { rotateSecret: true },
    });
    expect(next).not.toBe(old);
    const signatures = async () => {
      await rig.enqueue(id, { groupKey: newId() });
      await rig.side.worker.run();
      return String(rig.receiver.received.at(-1)?.headers['webhook-signature']).split(' ').length;
    };
    expect(await signatures()).toBe(2);
    rig.clock.advance(25 * HOUR);
    expect(await signatures()).toBe(1);
  });

  it('never shows its secret again, and keeps it sealed', async () => {
    const { id, secret } = await rig.webhook();
    expect(JSON.stringify([await rig.channel(id), await rig.events()])).not.toContain(secret!.slice(6));
    const rows = await rig.database.query<{ row: string }>(
      `select c::text as row from ${SCHEMA}.channels c union all select data::text from ${SCHEMA}.events`,
    );
    for (const { row } of rows) {
      expect(row).not.toContain(secret!.slice(6, 20));
      expect(row).not.toContain(Buffer.from(secret!).toString('hex').slice(12, 40));
    }
  });

  it.each([
    [{ type: 'slack', name: 'x', enabled: true, settings: {} }, '/secret'],
    [
      { type: 'slack', name: 'x', enabled: true, settings: {}, secret: 'http://169.254.169.254/x' },
      '/secret',
    ],
    [
      { type: 'webhook', name: 'x', enabled: true, settings: { url: 'http://169.254.169.254/x' } },
      '/settings/url',
    ],
    [
      { type: 'webhook', name: 'x', enabled: true, settings: { url: 'http://u:p@example.com/' } },
      '/settings/url',
    ],
    [
      {
        type: 'webhook',
        name: 'x',
        enabled: true,
        settings: { url: 'https://example.com/' },
        secret: 'short',
      },
      '/secret',
    ],
    [
      { type: 'pagerduty', name: 'x', enabled: true, settings: { region: 'us' }, secret: 'no key!' },
      '/secret',
    ],
    [
      { type: 'email', name: 'x', enabled: true, settings: { to: ['a@example.com'] }, secret: 'x' },
      '/secret',
    ],
    [
      { type: 'syslog', name: 'x', enabled: true, settings: { host: 'a/b?c', port: 514, transport: 'tcp' } },
      '/settings/host',
    ],
  ] as const)('is refused as %j', async (channel, pointer) => {
    const refused = rig.command({ type: 'CreateChannel', channel } as never);
    await expect(refused).rejects.toMatchObject({ code: 'channel.invalid', issues: [{ pointer }] });
  });

  it('is not there for another organization', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    const [{ id: deliveryId }] = (await rig.deliveries()) as [DeliveryView];
    for (const command of [
      { type: 'ChangeChannel', channelId: id, change: { name: 'mine' } },
      { type: 'DeleteChannel', channelId: id },
      { type: 'TestChannel', channelId: id },
    ] as const) {
      await expect(rig.command(command, 'other')).rejects.toMatchObject({ code: 'channel.not_found' });
    }
    await expect(rig.command({ type: 'ReplayDelivery', deliveryId }, 'other')).rejects.toMatchObject({
      code: 'delivery.not_found',
    });
    expect(await rig.deliveries({}, 'other')).toEqual([]);
    await rig.database.transaction((session) =>
      rig.side.queue.enqueue(session, aNotification({ id: newId(), tenantId: 'other', channelId: id })),
    );
    expect(await rig.deliveries({}, 'other')).toEqual([]);
  });

  it('tells by a marked sample whether it works', async () => {
    const { id } = await rig.webhook();
    const delivery = await rig.command<DeliveryView>({ type: 'TestChannel', channelId: id });
    expect(delivery).toMatchObject({ kind: 'test', status: 'pending' });
    for (let n = 0; n < 50 && (await rig.deliveries({ status: 'delivered' })).length === 0; n += 1)
      await rig.side.worker.run();
    expect(rig.receiver.received[0]?.body).toContain('alerts.test');
  });

  it('is tried by a sample even while it is paused', async () => {
    const { id } = await rig.webhook();
    rig.receiver.becomes('fail');
    for (let n = 0; n < 6; n += 1) await rig.enqueue(id, { groupKey: `g${n}` });
    await rig.side.worker.run();
    await rig.side.worker.run();
    expect(await rig.channel(id)).toMatchObject({ health: { state: 'paused' } });
    rig.receiver.becomes('ok');
    const sample = await rig.command<DeliveryView>({ type: 'TestChannel', channelId: id });
    await until(async () => {
      const found = (await rig.deliveries()).find((delivery) => delivery.id === sample.id);
      return found?.status === 'delivered';
    });
    expect(await rig.channel(id)).toMatchObject({ health: { state: 'ok' } });
  });

  it('whose receiver repeats its address does not show it', async () => {
    const { id } = await rig.webhook('hook', '/T0SECRETTOKEN?key=abcdefghijkl');
    rig.receiver.becomes('echo');
    await rig.enqueue(id);
    await rig.side.worker.run();
    const [{ attempts }] = (await rig.deliveries()) as [DeliveryView];
    expect(attempts[0]?.response).toBe(
      'nothing at [hidden], T0SECRETTOKEN'.replace('T0SECRETTOKEN', '[hidden]'),
    );
  });

  it('is not deleted while a route comes to name it', async () => {
    const { id } = await rig.webhook();
    const list = {
      routes: [],
      defaultRoute: { ...(await routeStore.read(rig.database, 'acme')).list.defaultRoute, channels: [id] },
    };
    let deleted: Promise<unknown> = Promise.resolve();
    await rig.database.transaction(async (session) => {
      await routeStore.hold(session, 'acme');
      deleted = rig.command({ type: 'DeleteChannel', channelId: id });
      deleted.catch(() => undefined);
      // It has the channel by then, and waits for the routes.
      await until(
        async () =>
          (await rig.database.query(`select from pg_locks where locktype = 'advisory' and not granted`))
            .length > 0,
      );
      await routeStore.replace(session, 'acme', {
        version: 2,
        list,
        updatedAt: rig.clock.now(),
        updatedBy: 'Ana',
      });
    });
    await expect(deleted).rejects.toMatchObject({ code: 'channel.in_use' });
  });

  it('is one of a hundred at most, however many are made at once', async () => {
    for (let n = 0; n < 99; n += 1) await rig.webhook(`hook ${n}`);
    const made = await Promise.allSettled(Array.from({ length: 4 }, (_, n) => rig.webhook(`last ${n}`)));
    const refused = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused).toHaveLength(3);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'channel.limit_reached' });
  });

  it('takes what waits with it when it is deleted', async () => {
    const { id } = await rig.webhook();
    await rig.enqueue(id);
    await rig.command({ type: 'DeleteChannel', channelId: id });
    expect(await rig.side.worker.run()).toBe(0);
    expect(await rig.deliveries()).toMatchObject([{ status: 'dead', channel: 'hook' }]);
    await expect(rig.channel(id)).rejects.toMatchObject({ code: 'channel.not_found' });
  });
});
