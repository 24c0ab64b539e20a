import type { Actor, Command, CommandResult, Query, QueryResult } from '@portcullis/contracts';
import { InMemoryEventLog, InMemoryLog, type EventLog } from '@portcullis/eventlog';
import { allTopics } from '@portcullis/contracts';
import { Database, PostgresEventStore } from '@portcullis/postgres';
import { startPostgres, until } from '@portcullis/testing';
import { Directory } from '../src/directory/directory.js';
import { feedDirectory } from '../src/directory/feed-directory.js';
import { DecideSide } from '../src/evaluation/decide-side.js';
import { createOrganization, type FirstOrganization } from '../src/first-organization.js';
import { PostgresReplicaStore } from '../src/follower/postgres-replica-store.js';
import { newId } from '../src/new-id.js';
import { prepareDatabase, SCHEMA } from '../src/prepare-database.js';
import { HmacKeyHasher } from '../src/secrets/hmac-key-hasher.js';
import { PostgresSecretStore } from '../src/secrets/postgres-secret-store.js';
import { SecretBox } from '@portcullis/service';
import { decidingState } from '../src/state/deciding-state.js';
import { PostgresToolStore } from '../src/tools/postgres-tool-store.js';
import { WriteSide } from '../src/write-side.js';

export const MASTER_KEY = Buffer.alloc(32, 7);
export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One organization as its owner uses it. */
export interface Tenant extends FirstOrganization {
  readonly id: string;
  readonly actor: Actor;
  command(command: CommandInput, over?: { idempotencyKey?: string; actor?: Actor }): Promise<CommandResult>;
  query(query: QueryInput): Promise<QueryResult>;
}

type DistributiveInput<T> = T extends unknown ? { [K in keyof T]: T[K] } : never;
export type CommandInput = DistributiveInput<Command>;
export type QueryInput = DistributiveInput<Query>;

/** A policy service in this process, on a database of its own and a log in memory, with everything but its listener. */
export class WriteDeployment {
  readonly directory = new Directory();
  clock: () => Date = () => new Date();

  private constructor(
    readonly url: string,
    readonly database: Database,
    readonly store: PostgresEventStore,
    readonly log: EventLog,
    readonly deciding: DecideSide,
    readonly writeSide: WriteSide,
    private readonly closers: readonly (() => Promise<void>)[],
  ) {}

  static async open(
    options: { url?: string; log?: InMemoryLog; replica?: string; allowPrivateUpstreams?: boolean } = {},
  ): Promise<WriteDeployment> {
    const url = options.url ?? (await (await startPostgres()).createDatabase());
    await prepareDatabase({ url, logger: silent, signal: AbortSignal.timeout(30_000) });
    const database = await Database.open({ url, applicationName: 'write', maxConnections: 10 });
    const following = await Database.open({
      url,
      applicationName: 'follow',
      maxConnections: 3,
      statementTimeoutMs: 1_000,
    });
    const store = new PostgresEventStore({ database, url, schema: SCHEMA });
    const followed = new PostgresEventStore({ database: following, url, schema: SCHEMA });
    const log = new InMemoryEventLog({ log: options.log ?? new InMemoryLog() });
    await log.ensureTopics(allTopics());
    const box = new SecretBox(MASTER_KEY);
    const hasher = new HmacKeyHasher(MASTER_KEY);
    const replica = options.replica ?? 'replica-1';
    const replicas = new PostgresReplicaStore(following);
    const directory = new Directory();
    const deciding: DecideSide = new DecideSide({
      replica,
      events: feedDirectory(directory, followed),
      secrets: new PostgresSecretStore(following, box),
      hasher,
      replicas,
      tools: new PostgresToolStore(database),
      logger: silent,
      onSessionEnded: (ended) => writeSide.sessionEnded(ended),
      onAuthenticated: (tenantId, keyId) => writeSide.keyUses.seen(tenantId, keyId),
    });
    const writeSide: WriteSide = new WriteSide({
      replica,
      database,
      store,
      log,
      directory,
      box,
      hasher,
      replicas,
      secrets: new PostgresSecretStore(database, box),
      state: decidingState(deciding),
      allowPrivateUpstreams: options.allowPrivateUpstreams ?? false,
      now: () => deployment.clock(),
      newId,
      logger: silent,
    });
    const deployment: WriteDeployment = new WriteDeployment(url, database, store, log, deciding, writeSide, [
      () => deciding.stop(),
      () => store.close(),
      () => followed.close(),
      () => log.close(),
      () => database.close(),
      () => following.close(),
    ]);
    await deciding.start();
    return deployment;
  }

  async tenant(name = 'Acme'): Promise<Tenant> {
    const box = new SecretBox(MASTER_KEY);
    const created = await this.database.transaction((session) =>
      createOrganization(
        {
          store: this.store,
          secrets: new PostgresSecretStore(this.database, box),
          hasher: new HmacKeyHasher(MASTER_KEY),
          now: () => this.clock(),
          newId,
          name,
          email: `owner@${name.toLowerCase()}.example.com`,
        },
        session,
      ),
    );
    const position = await this.store.lastPosition();
    await until(() => this.deciding.follower.position >= position, {
      describe: 'the organization in the state',
    });
    return this.as(created);
  }

  /** A tenant created through another replica. */
  as(created: FirstOrganization): Tenant {
    const { writeSide } = this;
    const id = created.organizationId;
    const owner = [...(this.deciding.state.organizations.get(id)?.keys.values() ?? [])].find((key) =>
      key.scopes.includes('admin'),
    );
    const actor: Actor = { type: 'api_key', id: owner?.id ?? '', name: 'Owner' };
    return {
      ...created,
      id,
      actor,
      command: (command, over = {}) => writeSide.commands.dispatch({ tenantId: id, actor, command, ...over }),
      query: (query) => writeSide.queries.dispatch({ tenantId: id, query }),
    };
  }

  async close(): Promise<void> {
    for (const close of this.closers) await close();
  }
}
