import { allTopics, TOPICS } from '@portcullis/contracts';
import { openEventLog } from '@portcullis/kafka';
import { Database, OutboxRelay, PostgresEventStore } from '@portcullis/postgres';
import {
  createHttpApp,
  healthHandler,
  InternalListener,
  LogConsumerStrategy,
  runService,
  SecretBox,
} from '@portcullis/service';
import { AlertSide } from './alert-side.js';
import { AppModule } from './app.module.js';
import { CHANNEL_SECRETS_PURPOSE } from './channels/channel-secrets.js';
import { channelStore } from './channels/channel-store.js';
import { CommandDispatcher } from './commands/command-dispatcher.js';
import { deliveriesOfAlert } from './delivery/delivery.queries.js';
import { DeliveryMetrics } from './delivery/delivery-metrics.js';
import { deliveryStore } from './delivery/delivery-store.js';
import { DeliverySide } from './delivery-side.js';
import { ALERTS_BATCH, ALERTS_GROUP } from './intake/alerts.consumer.js';
import { SCHEMA } from './migrations.js';
import { newId } from './new-id.js';
import { notificationConfigSections, quietMsOf, stormLimitsOf } from './notification.config.js';
import { EventOutbox } from './outbox/event-outbox.js';
import { prepareDatabase } from './prepare-database.js';
import { QueryDispatcher } from './queries/query-dispatcher.js';
import { AlertMetrics } from './status/alert-metrics.js';
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

    const alertMetrics: AlertMetrics = new AlertMetrics(
      metrics,
      { lag: () => new Map([...strategy.progress()].map(([partition, { lag }]) => [partition, lag])) },
      logger,
    );
    const outbox = new EventOutbox(store, newId);
    const dashboardUrl = config.dashboardUrl?.replace(/\/+$/, '') ?? null;
    const onError = (error: unknown, part: string) =>
      logger.warn({ err: error, part }, 'failed, will be tried again');
    const delivery = new DeliverySide({
      database,
      databaseUrl: config.postgresUrl,
      outbox,
      box: new SecretBox(config.masterKey, CHANNEL_SECRETS_PURPOSE),
      mailServer: config.smtpUrl === undefined ? null : { url: config.smtpUrl, from: config.mailFrom },
      allowPrivate: config.allowPrivateReceivers,
      dashboardUrl,
      now: () => new Date(),
      newId,
      events: new DeliveryMetrics(metrics, () => deliveryStore.waiting(database)),
      deliveryDays: config.deliveryDays,
      onError,
    });
    const alerts = new AlertSide({
      database,
      log,
      outbox,
      queue: delivery.queue,
      channelsAmong: (session, tenantId, ids) => channelStore.among(session, tenantId, ids),
      deliveriesOf: deliveriesOfAlert,
      quietMs: quietMsOf(config),
      maxFiring: config.maxFiring,
      alertDays: config.alertDays,
      limits: stormLimitsOf(config),
      dashboardUrl,
      now: () => Date.now(),
      newId,
      metrics: alertMetrics,
      onError,
    });
    const strategy: LogConsumerStrategy = new LogConsumerStrategy({
      log,
      group: ALERTS_GROUP,
      from: 'beginning',
      ...ALERTS_BATCH,
      onAssigned: (assignment) => alerts.intake.assigned(assignment),
      onError: (error) => logger.warn({ err: error, part: 'intake' }, 'failed, will be tried again'),
    });

    const commands = new CommandDispatcher({
      database,
      handlers: {
        ...alerts.commands,
        ...delivery.commands,
      },
      now: () => new Date(),
      newId,
    });
    const queries = new QueryDispatcher(database, {
      ...alerts.queries,
      ...delivery.queries,
    });

    const internal = new InternalListener({
      listen: config.internalListen,
      token: config.internalToken,
      handlers: [healthHandler(health, metrics)],
    });
    const app = await createHttpApp(AppModule.with({ commands, queries, intake: alerts.intake }), {
      logger,
      bodyLimit: BODY_LIMIT,
      mount: (listener) => {
        internal.useFallback(listener);
        return internal.server;
      },
    });
    app.connectMicroservice({ strategy });
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
    health.register('log', strategy.check);
    health.register('timers', alerts.check);
    health.register('outbox', () => ({ ok: relay.status.failures < LAGGING }));

    await internal.start();
    onShutdown('internal listener', () => internal.stop());
    relay.start();
    onShutdown('outbox relay', () => relay.stop());
    await app.startAllMicroservices();
    alerts.start();
    onShutdown('background work', () => alerts.stop());
    delivery.start();
    onShutdown('deliveries', () => delivery.stop());
  },
);
