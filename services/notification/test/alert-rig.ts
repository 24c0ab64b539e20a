import type { AlertDetail, AlertView, EventEnvelope, RouteList } from '@portcullis/contracts';
import { allTopics, routeListSchema } from '@portcullis/contracts';
import { InMemoryEventLog } from '@portcullis/eventlog';
import { Database, migrate, PostgresEventStore, type SqlSession } from '@portcullis/postgres';
import { fixedClock, startPostgres } from '@portcullis/testing';
import { AlertSide, type AlertSideOptions } from '../src/alert-side.js';
import { CommandDispatcher } from '../src/commands/command-dispatcher.js';
import type { CommandHandlers } from '../src/commands/command-handler.js';
import type { Notification } from '../src/delivery/notification.js';
import { notificationMigrations, SCHEMA } from '../src/migrations.js';
import { newId } from '../src/new-id.js';
import { EventOutbox } from '../src/outbox/event-outbox.js';
import type { QueryContext, QueryHandlers } from '../src/queries/query-handler.js';
import { batchOf, START, topicOf } from './events.js';

export const ANA = { type: 'user', id: 'u1', name: 'Ana' } as const;
const LIMITS = { normal: { burst: 1_000, perHour: 1_000 }, critical: { burst: 1_000, perHour: 1_000 } };

/** A queue that keeps what it is given in the same transaction, and nothing else. */
export const keptQueue = {
  async enqueue(session: SqlSession, notification: Notification): Promise<void> {
    await session.query('insert into public.queued (body) values ($1)', [JSON.stringify(notification)]);
  },
};

/** The alert side over a real Postgres, with a clock that stands still. Several sides may share one. */
export async function startAlertRig(overrides: Partial<AlertSideOptions> = {}) {
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  await migrate({ url, schema: SCHEMA, migrations: await notificationMigrations() });
  const database = await Database.open({ url, applicationName: 'test', maxConnections: 10 });
  await database.query('create table public.queued (place bigserial primary key, body json not null)');
  const store = new PostgresEventStore({ database, url, schema: SCHEMA });
  const log = new InMemoryEventLog();
  await log.ensureTopics(allTopics());
  const clock = fixedClock(new Date(START));
  const now = () => clock.now().getTime();
  const deadLetters: string[] = [];
  const newSide = (more: Partial<AlertSideOptions> = {}) =>
    new AlertSide({
      database,
      log,
      outbox: new EventOutbox(store, newId),
      queue: keptQueue,
      channelsAmong: (_, __, ids) => Promise.resolve(new Set(ids.filter((id) => id !== 'unknown'))),
      deliveriesOf: () => Promise.resolve([]),
      quietMs: (kind) => (kind === 'kill_switch' ? null : 3_600_000),
      maxFiring: 10_000,
      alertDays: 180,
      limits: LIMITS,
      dashboardUrl: 'https://portcullis.example.com',
      now,
      newId,
      metrics: {
        taken: () => undefined,
        deadLettered: (_, error) => void deadLetters.push(error.code),
        notified: () => undefined,
      },
      onError: (error) => {
        throw error;
      },
      ...overrides,
      ...more,
    });
  const side = newSide();
  const dispatcher = new CommandDispatcher({
    database,
    handlers: side.commands as CommandHandlers,
    now: () => clock.now(),
    newId,
  });
  const offsets = new Map<string, bigint>();
  const context: QueryContext = { tenantId: 'acme', session: database };
  const queries = side.queries as QueryHandlers;

  return {
    url,
    database,
    store,
    log,
    clock,
    now,
    side,
    newSide,
    dispatcher,
    deadLetters,
    /** Takes events in, a batch for each topic in a row. */
    async take(...events: EventEnvelope[]): Promise<void> {
      for (let index = 0; index < events.length;) {
        const topic = topicOf(events[index]!);
        let end = index;
        while (end < events.length && topicOf(events[end]!) === topic) end += 1;
        const from = offsets.get(topic) ?? 0n;
        await side.intake.take(batchOf(events.slice(index, end), from));
        offsets.set(topic, from + BigInt(end - index));
        index = end;
      }
    },
    async command<Data = AlertView>(
      command: object,
      tenantId = 'acme',
      idempotencyKey?: string,
    ): Promise<Data> {
      const envelope = { tenantId, actor: ANA, command, idempotencyKey: idempotencyKey ?? null };
      return (await dispatcher.dispatch(envelope as never)).data as Data;
    },
    routes: (list: { routes?: object[]; defaultRoute?: object }) =>
      dispatcher.dispatch({
        tenantId: 'acme',
        actor: ANA,
        command: {
          type: 'ReplaceRoutes',
          list: routeListSchema.parse({ routes: [], defaultRoute: {}, ...list }) as RouteList,
        },
      }),
    async alerts(query: object = {}, tenantId = 'acme'): Promise<AlertView[]> {
      const { data } = await queries.alerts(
        { type: 'alerts', limit: 200, ...query },
        { ...context, tenantId },
      );
      return data as AlertView[];
    },
    /** Mutes the only alert there is. */
    async mute(forMs: number): Promise<{ alertId: string; until: string; told: AlertView }> {
      const [alert] = await this.alerts();
      const [alertId, until] = [alert!.id, new Date(now() + forMs).toISOString()];
      return { alertId, until, told: await this.command({ type: 'MuteAlert', alertId, until }) };
    },
    async alert(id: string, tenantId = 'acme'): Promise<AlertDetail> {
      const { data } = await queries.alert({ type: 'alert', alertId: id }, { ...context, tenantId });
      return data as AlertDetail;
    },
    /** Lets time pass and whatever is due happen, as a running service would. */
    async pass(ms: number, step = 1_000): Promise<void> {
      for (let passed = 0; passed < ms; passed += step) {
        clock.advance(Math.min(step, ms - passed));
        await side.timers.run(now());
      }
    },
    async queued(): Promise<Notification[]> {
      const rows = await database.query<{ body: Notification }>(
        'select body from public.queued order by place',
      );
      return rows.map(({ body }) => body);
    },
    async published(): Promise<EventEnvelope[]> {
      return [...(await store.readAll(0, 10_000))];
    },
    async stop(): Promise<void> {
      await store.close();
      await log.close();
      await database.close();
      await postgres.stop();
    },
  };
}
export type AlertRig = Awaited<ReturnType<typeof startAlertRig>>;
