import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ClickHouse } from '@portcullis/clickhouse';
import { allTopics, TOPICS } from '@portcullis/contracts';
import { openEventLog } from '@portcullis/kafka';
import {
  healthHandler,
  InternalListener,
  LogConsumerStrategy,
  NestLogger,
  repeat,
  runService,
} from '@portcullis/service';
import { AppModule } from './app.module.js';
import { auditConfigSections } from './audit.config.js';
import { AUDIT_GROUP, AUDITED_TOPICS, BATCH_LIMITS } from './ingestion/audit.consumer.js';
import { AuditTables } from './ingestion/audit-tables.js';
import { BatchWriter } from './ingestion/batch-writer.js';
import { topologyOf } from './migrations.js';
import { prepareStore } from './prepare-store.js';
import { AuditMetrics } from './status/audit-metrics.js';
import { lagCheck, statusHandler } from './status/status.handler.js';
import { StoreMonitor } from './status/store-monitor.js';
import { LogWatermarks } from './unknowns/log-watermarks.js';
import { UnknownSweep } from './unknowns/unknown-sweep.js';
import { VERSION } from './version.js';

const WATCH_MS = 2_000;

await runService(
  { name: 'audit', version: VERSION, config: auditConfigSections },
  async ({ config, logger, health, metrics, onShutdown }) => {
    const clickHouse = new ClickHouse({
      url: config.clickHouseUrl,
      application: 'portcullis-audit',
      timeoutMs: 60_000,
    });
    onShutdown('audit store', () => clickHouse.close());
    const log = openEventLog({
      kafkaBrokers: config.kafkaBrokers,
      postgresUrl: config.postgresUrl,
      clientId: 'audit',
    });
    onShutdown('event log', () => log.close());

    const tables = new AuditTables(clickHouse);
    const watermarks = new LogWatermarks(log, AUDIT_GROUP, AUDITED_TOPICS);
    const store = new StoreMonitor(tables);
    const figures = new AuditMetrics(metrics, watermarks);
    const trouble = (part: string) => (error: unknown) => {
      figures.failed(error);
      logger.warn({ err: error, part }, 'failed, will be tried again');
    };

    health.register('clickhouse', store.check);
    health.register('lag', () => lagCheck(watermarks));
    const internal = new InternalListener({
      listen: config.internalListen,
      token: config.internalToken,
      handlers: [
        healthHandler(health, metrics),
        statusHandler({ watermarks, metrics: figures, store, startedAt: Date.now() }),
      ],
    });
    await internal.start();
    onShutdown('internal listener', () => internal.stop());

    const starting = new AbortController();
    onShutdown('start', async () => starting.abort());
    await prepareStore({
      clickHouse,
      tables,
      topology: topologyOf(config.clickHouseCluster),
      logger,
      signal: starting.signal,
    });
    await log.ensureTopics(allTopics());

    const writer = new BatchWriter(tables, log, figures, {
      lingerMs: config.batchWaitMs,
      maxRows: config.batchRecords,
      unknownGraceMs: config.unknownGraceMs,
    });
    const strategy = new LogConsumerStrategy({
      log,
      group: AUDIT_GROUP,
      from: 'beginning',
      ...BATCH_LIMITS,
      onAssigned: async (assignment) => writer.forget(assignment),
      onError: trouble('consumer'),
    });
    health.register('log', strategy.check);
    const app = await NestFactory.createMicroservice(AppModule.with({ writer }), {
      strategy,
      logger: new NestLogger(logger),
      abortOnError: false,
    });
    await app.listen();
    onShutdown('consumer', () => app.close());

    const watching = repeat(
      async () => {
        await watermarks.refresh();
        await store.refresh();
      },
      { everyMs: WATCH_MS, onError: trouble('watch') },
    );
    onShutdown('watch', () => watching.stop());

    const calls = () => watermarks.partitions().filter(({ topic }) => topic === TOPICS.calls.name);
    const sweep = new UnknownSweep(tables, watermarks, calls);
    const sweeping = repeat(async (signal) => figures.unknown(await sweep.run(signal)), {
      everyMs: config.sweepIntervalMs,
      onError: trouble('sweep'),
    });
    onShutdown('sweep', () => sweeping.stop());
  },
);
