import 'reflect-metadata';
import { hostname } from 'node:os';
import { NestFactory } from '@nestjs/core';
import { openEventLog } from '@portcullis/kafka';
import {
  generateSealingKeyPair,
  healthHandler,
  InternalListener,
  NestLogger,
  runService,
} from '@portcullis/service';
import { AppModule } from './app.module.js';
import { ControlStream } from './control/control-stream.js';
import { gatewayConfigSections } from './gateway.config.js';
import { McpGateway } from './mcp/mcp-gateway.js';
import { MeteredRecorder, registerMcpMetrics } from './mcp/mcp-metrics.js';
import { mcpSettings } from './mcp/mcp-settings.js';
import { ConnectionCache } from './policy-client/connection-cache.js';
import { HttpPolicyClient } from './policy-client/http-policy-client.js';
import { SpoolCallRecorder } from './recording/spool-call-recorder.js';
import { RefusalCounter } from './refusals/refusal-counter.js';
import { Sender } from './sender/sender.js';
import { registerSpoolMetrics } from './sender/spool-metrics.js';
import { spoolStatusHandler } from './spool/spool-status.handler.js';
import { Spool } from './spool/spool.js';
import { UndiciUpstreamPool } from './upstream/undici-upstream-pool.js';

await runService(
  { name: 'gateway', version: '0.1.0', config: gatewayConfigSections },
  async ({ config, logger, health, metrics, onShutdown }) => {
    const gatewayId = config.gatewayId ?? hostname();
    const spool = new Spool({
      directory: config.spoolDir,
      gatewayId,
      maxBytes: config.spoolMaxBytes,
      log: logger,
    });
    onShutdown('spool', () => spool.close());
    const eventLog = openEventLog({
      kafkaBrokers: config.kafkaBrokers,
      postgresUrl: config.postgresUrl,
      clientId: 'gateway',
    });
    onShutdown('event log', () => eventLog.close());
    const sender = new Sender({ directory: spool.directory, state: spool.state, eventLog, log: logger });
    sender.start();
    onShutdown('sender', () => sender.stop(2_000));

    const gateway = { id: gatewayId, epoch: spool.epoch };
    const keys = generateSealingKeyPair();
    const connections = new ConnectionCache(keys);
    const refusals = new RefusalCounter(spool, (slug) => connections.knowsSlug(slug), logger);
    onShutdown('refusals', async () => refusals.flush());
    const recorder = new SpoolCallRecorder(spool, refusals);
    registerSpoolMetrics(metrics, spool, recorder);
    const control = new ControlStream({
      policy: config.policyUrl,
      token: config.internalToken,
      gateway,
      publicKey: keys.publicKey,
      log: logger,
    });
    const policy = new HttpPolicyClient({
      policy: config.policyUrl,
      token: config.internalToken,
      gateway,
      control,
      connections,
    });
    onShutdown('policy client', async () => policy.close());
    const upstream = new UndiciUpstreamPool({
      guard: { allowPrivate: config.allowPrivateUpstreams },
      credentials: connections,
    });
    onShutdown('upstreams', () => upstream.close());
    onShutdown('control stream', () => control.stop());
    health.register('spool', () => spool.status, { critical: true });
    health.register('event log', () => ({ ok: spool.state.counter('failing') === 0 }));
    health.register('policy', () => ({ ok: control.healthy }), { critical: true });
    const internal = new InternalListener({
      listen: config.internalListen,
      token: config.internalToken,
      handlers: [healthHandler(health, metrics), spoolStatusHandler(gatewayId, spool)],
    });
    await internal.start();
    onShutdown('internal listener', () => internal.stop());

    const parts = {
      policy,
      recorder: new MeteredRecorder(recorder, metrics),
      upstream,
      control,
      settings: mcpSettings(config),
      logger,
    };
    const app = await NestFactory.createApplicationContext(AppModule.with(parts), {
      logger: new NestLogger(logger),
      abortOnError: false,
    });
    registerMcpMetrics(metrics, app.get(McpGateway));
    onShutdown('mcp', () => app.close());
    control.start();
  },
);
