import { allTopics, TOPICS } from '@portcullis/contracts';
import { openEventLog } from '@portcullis/kafka';
import { Database, OutboxRelay, PostgresEventStore } from '@portcullis/postgres';
import { createHttpApp, healthHandler, InternalListener, runService } from '@portcullis/service';
import { AppModule } from './app.module.js';
import { absent } from './commands/absent.js';
import { CommandDispatcher } from './commands/command-dispatcher.js';
import { SCHEMA } from './migrations.js';
import { newId } from './new-id.js';
import { notificationConfigSections } from './notification.config.js';
import { prepareDatabase } from './prepare-database.js';
import { QueryDispatcher } from './queries/query-dispatcher.js';
import { VERSION } from './version.js';

/** The list of routes, at its largest, and what is around it. */
const BODY_LIMIT = 1024 * 1024;
/** Failures in a row before the health page tells of them. */
const LAGGING = 3;

await runService(
  { name: 'notification', version: VERSION, config: notificationConfigSections },
  async ({ config, logger, health, metrics, onShutdown }) => {
    const url = config.postgresUrl;
    const starting = new AbortController();
    onShutdown('start', () => Promise.resolve(starting.abort()));
    await prepareDatabase({ url, logger, signal: starting.signal });

    const database = await Database.open({
      url,
      applicationName: 'portcullis-notification',
      maxConnections: 10,
      onConnectionLost: (error) => logger.warn({ err: error }, 'a connection to Postgres was lost'),
    });
    onShutdown('database', () => database.close());
    const store = new PostgresEventStore({ database, url, schema: SCHEMA });
    onShutdown('event store', () => store.close());

    const log = openEventLog({
      kafkaBrokers: config.kafkaBrokers,
      postgresUrl: url,
      clientId: 'notification',
    });
    onShutdown('event log', () => log.close());
    await log.ensureTopics(allTopics());

    const commands = new CommandDispatcher({
      database,
      handlers: {
        AcknowledgeAlert: absent,
        ResolveAlert: absent,
        ReopenAlert: absent,
        MuteAlert: absent,
        UnmuteAlert: absent,
        ReplaceRoutes: absent,
        CreateChannel: absent,
        ChangeChannel: absent,
        DeleteChannel: absent,
        TestChannel: absent,
        ReplayDelivery: absent,
      },
      now: () => new Date(),
      newId,
    });
    const queries = new QueryDispatcher(database, {
      alerts: absent,
      alert: absent,
      routes: absent,
      channels: absent,
      channel: absent,
      deliveries: absent,
    });

    const internal = new InternalListener({
      listen: config.internalListen,
      token: config.internalToken,
      handlers: [healthHandler(health, metrics)],
    });
    const app = await createHttpApp(AppModule.with({ commands, queries }), {
      logger,
      bodyLimit: BODY_LIMIT,
      mount: (listener) => {
        internal.useFallback(listener);
        return internal.server;
      },
    });
    onShutdown('application', () => app.close());

    const relay = new OutboxRelay({
      store,
      log,
      url,
      schema: SCHEMA,
      name: 'notification-deliveries',
      topic: TOPICS.notificationDeliveries.name,
      onError: (error) => logger.warn({ err: error, part: 'outbox relay' }, 'failed, will be tried again'),
    });
    health.register('outbox', () => ({ ok: relay.status.failures < LAGGING }));

    await internal.start();
    onShutdown('internal listener', () => internal.stop());
    relay.start();
    onShutdown('outbox relay', () => relay.stop());
  },
);
