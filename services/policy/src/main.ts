import { randomUUID } from 'node:crypto';
import { allTopics, TOPICS } from '@portcullis/contracts';
import { Database, OutboxRelay, PostgresEventStore } from '@portcullis/postgres';
import { openEventLog } from '@portcullis/kafka';
import {
  createHttpApp,
  healthHandler,
  InternalClient,
  InternalListener,
  LogConsumerStrategy,
  runService,
  SecretBox,
} from '@portcullis/service';
import { CALLS_BATCH } from './agent-sessions/calls.consumer.js';
import { SESSIONS_GROUP } from './agent-sessions/idle-sessions.js';
import { AppModule } from './app.module.js';
import { Directory } from './directory/directory.js';
import { feedDirectory } from './directory/feed-directory.js';
import { DecideSide } from './evaluation/decide-side.js';
import { PostgresReplicaStore } from './follower/postgres-replica-store.js';
import { askLogin } from './logins/ask-login.js';
import { newId } from './new-id.js';
import { policyConfigSections } from './policy.config.js';
import { checkMasterKey, prepareDatabase, SCHEMA } from './prepare-database.js';
import { HmacKeyHasher } from './secrets/hmac-key-hasher.js';
import { PostgresSecretStore } from './secrets/postgres-secret-store.js';
import { decidingState } from './state/deciding-state.js';
import { PostgresToolStore } from './tools/postgres-tool-store.js';
import { VERSION } from './version.js';
import { WriteSide } from './write-side.js';

/** A policy document of the largest size, and what is around it. */
const BODY_LIMIT = 4 * 1024 * 1024;
const LAGGING = 3;

await runService(
  { name: 'policy', version: VERSION, config: policyConfigSections },
  async ({ config, logger, health, metrics, onShutdown }) => {
    const url = config.postgresUrl;
    const starting = new AbortController();
    onShutdown('start', () => Promise.resolve(starting.abort()));
    await prepareDatabase({ url, logger, signal: starting.signal });

    const open = async (name: string, maxConnections: number, statementTimeoutMs: number) => {
      const database = await Database.open({
        url,
        applicationName: `policy-${name}`,
        maxConnections,
        statementTimeoutMs,
        onConnectionLost: (error) => logger.warn({ err: error, part: name }, 'lost a connection to Postgres'),
      });
      onShutdown(`${name} database`, () => database.close());
      const store = new PostgresEventStore({ database, url, schema: SCHEMA });
      onShutdown(`${name} event store`, () => store.close());
      return { database, store };
    };
    const writing = await open('write', 10, 10_000);
    // The proof of freshness must not wait behind commands and queries, nor on a connection that died in silence.
    const following = await open('follow', 4, 1_000);

    const box = new SecretBox(config.masterKey);
    await checkMasterKey(writing.database, box.keyId);
    const hasher = new HmacKeyHasher(config.masterKey);
    const log = openEventLog({ kafkaBrokers: config.kafkaBrokers, postgresUrl: url, clientId: 'policy' });
    onShutdown('event log', () => log.close());
    await log.ensureTopics(allTopics());

    const api = config.apiEndpoint && new InternalClient(config.apiEndpoint, config.internalToken, 'api');
    if (api) onShutdown('api client', () => api.close());
    const replica = randomUUID();
    const directory = new Directory();
    const replicas = new PostgresReplicaStore(following.database);
    const deciding: DecideSide = new DecideSide({
      replica,
      events: feedDirectory(directory, following.store),
      secrets: new PostgresSecretStore(following.database, box),
      hasher,
      replicas,
      tools: new PostgresToolStore(writing.database),
      logger,
      metrics,
      askLogin: api && ((digest) => askLogin(api, digest)),
      // What is in memory is of another history, and only a new process begins with none: end like any other defect does.
      onDiverged: (error) =>
        setImmediate(() => {
          throw error;
        }),
      onSessionEnded: (ended) => writeSide.sessionEnded(ended),
      onAuthenticated: (tenantId, keyId) => writeSide.keyUses.seen(tenantId, keyId),
    });
    const writeSide: WriteSide = new WriteSide({
      replica,
      ...writing,
      log,
      directory,
      box,
      hasher,
      replicas,
      secrets: new PostgresSecretStore(writing.database, box),
      state: decidingState(deciding),
      allowPrivateUpstreams: config.allowPrivateUpstreams,
      now: () => new Date(),
      newId,
      logger,
    });

    const internal = new InternalListener({
      listen: config.internalListen,
      token: config.internalToken,
      handlers: [...deciding.handlers, healthHandler(health, metrics)],
    });
    const strategy = new LogConsumerStrategy({
      log,
      group: SESSIONS_GROUP,
      from: 'beginning',
      ...CALLS_BATCH,
      onError: (error) => logger.warn({ err: error, part: 'session records' }, 'failed, will be tried again'),
    });
    const app = await createHttpApp(AppModule.with(writeSide), {
      logger,
      bodyLimit: BODY_LIMIT,
      mount: (listener) => {
        internal.useFallback(listener);
        return internal.server;
      },
    });
    app.connectMicroservice({ strategy });
    onShutdown('application', () => app.close());

    health.register('state', () => ({ ok: deciding.follower.fresh }), { critical: true });
    health.register('log', strategy.check);
    await internal.start();
    onShutdown('internal listener', () => internal.stop());
    onShutdown('decide side', () => deciding.stop());
    await deciding.start();

    const relay = new OutboxRelay({
      ...writing,
      log,
      url,
      schema: SCHEMA,
      name: 'policy-changes',
      topic: TOPICS.policyChanges.name,
      onError: (error) => logger.warn({ err: error, part: 'outbox relay' }, 'failed, will be tried again'),
    });
    health.register('outbox', () => ({ ok: relay.status.failures < LAGGING }));
    relay.start();
    onShutdown('outbox relay', () => relay.stop());
    await app.startAllMicroservices();
    writeSide.start();
    onShutdown('background work', () => writeSide.stop());
  },
);
