import { fileURLToPath } from 'node:url';
import { allTopics } from '@portcullis/contracts';
import { openEventLog } from '@portcullis/kafka';
import { Database } from '@portcullis/postgres';
import {
  createHttpApp,
  healthHandler,
  InternalClient,
  InternalListener,
  runService,
} from '@portcullis/service';
import { apiConfigSections } from './api.config.js';
import { AppModule } from './app.module.js';
import { AuditStore } from './audit-store/audit-store.js';
import { PageCursors } from './audit-store/page-cursor.js';
import { serveDashboard } from './dashboard/serve-dashboard.js';
import { LiveFeed } from './events/live-feed.js';
import { registerLiveMetrics } from './events/live-metrics.js';
import { LiveSocketAdapter } from './events/live-socket.adapter.js';
import { openLogins } from './open-logins.js';
import { openApiDocument } from './openapi/openapi-document.js';
import { close, createOutwardServer, listen } from './outward-listener.js';
import { prepareDatabase } from './prepare-database.js';
import { ROUTES } from './routes.js';
import { PostgresSavedViewStore } from './saved-views/postgres-saved-view-store.js';
import { AccessChangeFollower } from './sign-in/access-change-follower.js';
import { AccessChanges } from './sign-in/access-changes.js';
import { loginResolutionHandler } from './sign-in/login-resolution.handler.js';
import { VERSION } from './version.js';

const BODY_LIMIT = 4 * 1024 * 1024;
/** Where the build puts the dashboard, seen from this file's place in the build. */
const DASHBOARD = fileURLToPath(new URL('../../../dashboard/dist/', import.meta.url));

await runService(
  { name: 'api', version: VERSION, config: apiConfigSections },
  async ({ config, logger, health, metrics, onShutdown }) => {
    const client = (endpoint: typeof config.policyUrl, service: string) => {
      const made = new InternalClient(endpoint, config.internalToken, service);
      onShutdown(`${service} client`, () => made.close());
      return made;
    };
    const policyClient = client(config.policyUrl, 'policy');
    const notificationClient = client(config.notificationEndpoint, 'notification');
    const healthClients = new Map([
      ['gateway', client(config.gatewayEndpoint, 'gateway')],
      ['policy', policyClient],
      ['audit', client(config.auditEndpoint, 'audit')],
      ['anomaly', client(config.anomalyEndpoint, 'anomaly')],
      ['notification', notificationClient],
    ]);

    const starting = new AbortController();
    onShutdown('start', () => Promise.resolve(starting.abort()));
    await prepareDatabase({ url: config.postgresUrl, logger, signal: starting.signal });
    const database = await Database.open({
      url: config.postgresUrl,
      applicationName: 'api',
      onConnectionLost: (error) => logger.warn({ err: error }, 'lost a connection to Postgres'),
    });
    onShutdown('database', () => database.close());

    const store = new AuditStore(config.clickhouseUrl);
    onShutdown('audit store', () => store.close());
    const log = openEventLog({
      kafkaBrokers: config.kafkaBrokers,
      postgresUrl: config.postgresUrl,
      clientId: 'api',
    });
    onShutdown('event log', () => log.close());
    await log.ensureTopics(allTopics());
    const feed = new LiveFeed(log, logger);
    await feed.start();
    onShutdown('live feed', () => feed.stop());
    registerLiveMetrics(metrics, feed);
    const accessChanges = new AccessChanges();
    const follower = new AccessChangeFollower(log, accessChanges, logger);
    await follower.start();
    onShutdown('changes of access', () => follower.stop());

    const login = openLogins({ config, database, log, logger, health, onShutdown });

    const app = await createHttpApp(
      AppModule.with({
        policyClient,
        notificationClient,
        healthClients,
        health,
        store,
        cursors: new PageCursors(config.internalToken),
        feed,
        logger,
        systemLog: { backend: config.kafkaBrokers.length > 0 ? 'kafka' : 'postgres', figures: log },
        savedViews: new PostgresSavedViewStore(database),
        ...login,
        accessChanges,
        openapi: openApiDocument(ROUTES, VERSION),
        gatewayUrl: config.gatewayPublicUrl,
      }),
      {
        logger,
        bodyLimit: BODY_LIMIT,
        trustedProxies: config.trustedProxies,
        mount: (listener) =>
          createOutwardServer(listener, { certFile: config.tlsCertFile, keyFile: config.tlsKeyFile }),
        configure: async (nest) => {
          nest.setGlobalPrefix('/api/v1');
          if (!(await serveDashboard(nest.getHttpAdapter().getInstance(), config.dashboardDir || DASHBOARD)))
            logger.warn('no dashboard is built: the API serves alone');
          nest.useWebSocketAdapter(new LiveSocketAdapter(nest, config));
          if (config.allowedOrigins.length > 0)
            nest.enableCors({
              origin: config.allowedOrigins,
              credentials: true,
              exposedHeaders: ['retry-after'],
            });
        },
      },
    );
    const server = app.getHttpServer();
    const internal = new InternalListener({
      listen: config.internalListen,
      token: config.internalToken,
      handlers: [loginResolutionHandler(login.logins), healthHandler(health, metrics)],
    });
    await internal.start();
    onShutdown('internal listener', () => internal.stop());
    await listen(server, config.apiPort, config.host);
    onShutdown('outward listener', async () => {
      // Live clients would keep the server open.
      feed.cutAll();
      await Promise.all([close(server), app.close()]);
    });
    logger.info({ host: config.host, port: config.apiPort }, 'the API listens');
  },
);
