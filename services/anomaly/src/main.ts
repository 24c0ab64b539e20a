import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { allTopics } from '@portcullis/contracts';
import { openEventLog } from '@portcullis/kafka';
import { Database, migrate } from '@portcullis/postgres';
import {
  healthHandler,
  InternalListener,
  LogConsumerStrategy,
  NestLogger,
  runService,
} from '@portcullis/service';
import { anomalyConfigSections, detectorSettings, stateBounds } from './anomaly.config.js';
import { AppModule } from './app.module.js';
import { ANOMALY_GROUP, CALLS_BATCH } from './consumption/calls.consumer.js';
import { WatchedPartitions } from './consumption/watched-partitions.js';
import { anomalyMigrations, SCHEMA } from './migrations.js';
import { PostgresSnapshotStore } from './snapshots/postgres-snapshot-store.js';
import { SettingsFollower } from './settings/settings-follower.js';
import { PostgresSettingsStore } from './settings/settings-store.js';
import { AnomalyMetrics } from './status/anomaly-metrics.js';
import { ConsumptionStatus } from './status/consumption-status.js';
import { VERSION } from './version.js';

await runService(
  { name: 'anomaly', version: VERSION, config: anomalyConfigSections },
  async ({ config, logger, health, metrics: registry, onShutdown }) => {
    const { postgresUrl, kafkaBrokers } = config;
    await migrate({ url: postgresUrl, schema: SCHEMA, migrations: await anomalyMigrations() });
    const database = await Database.open({
      url: postgresUrl,
      applicationName: 'portcullis-anomaly',
      maxConnections: 4,
      onConnectionLost: (error) => logger.warn({ err: error }, 'a connection to Postgres was lost'),
    });
    onShutdown('database', () => database.close());
    const log = openEventLog({ kafkaBrokers, postgresUrl, clientId: 'anomaly' });
    onShutdown('event log', () => log.close());
    await log.ensureTopics(allTopics());

    const metrics: AnomalyMetrics = new AnomalyMetrics(registry, {
      lag: () => new Map([...strategy.progress()].map(([partition, { lag }]) => [partition, lag])),
      connections: () => partitions.connections,
      catchingUp: () => status.catchingUpCount,
    });
    const status: ConsumptionStatus = new ConsumptionStatus(metrics, logger);
    const stopping = new AbortController();
    const ownSettings = await SettingsFollower.open({
      log,
      store: new PostgresSettingsStore(database, SCHEMA),
      signal: stopping.signal,
      onError: (error) => status.logFailed(error),
      onUnreadable: (offset) =>
        logger.warn({ offset: String(offset) }, 'a change of settings could not be read'),
    });
    const partitions: WatchedPartitions = new WatchedPartitions({
      log,
      snapshots: new PostgresSnapshotStore(database, SCHEMA),
      settings: detectorSettings(config),
      bounds: stateBounds(config),
      ownSettings,
      snapshotEveryMs: config.snapshotSeconds * 1000,
      events: status,
      signal: stopping.signal,
    });
    const strategy: LogConsumerStrategy = new LogConsumerStrategy({
      log,
      group: ANOMALY_GROUP,
      from: 'beginning',
      ...CALLS_BATCH,
      onAssigned: (assignment) => partitions.assigned(assignment),
      onError: (error) => status.logFailed(error),
    });
    health.register('log', strategy.check);
    health.register('catch-up', status.catchUpCheck);
    health.register('snapshots', status.snapshotCheck);

    const internal = new InternalListener({
      listen: config.internalListen,
      token: config.internalToken,
      handlers: [healthHandler(health, registry)],
    });
    await internal.start();
    onShutdown('internal listener', () => internal.stop());

    const app = await NestFactory.createMicroservice(AppModule.with({ partitions }), {
      strategy,
      logger: new NestLogger(logger),
      abortOnError: false,
    });
    onShutdown('snapshots', () => partitions.save());
    await app.listen();
    onShutdown('consumer', () => app.close());
    onShutdown('take-overs', async () => stopping.abort());
  },
);
