import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import {
  CONTROL_PATH,
  controlMessageSchema,
  type ControlMessage,
  type PolicyEventData,
  type PolicyEventType,
} from '@portcullis/contracts';
import {
  Database,
  PostgresEventStore,
  eventStoreMigrations,
  loadMigrations,
  migrate,
} from '@portcullis/postgres';
import { generateSealingKeyPair, InternalListener, SecretBox } from '@portcullis/service';
import { throwawayFolder, until, type ThrowawayFolder } from '@portcullis/testing';
import { DecideSide, type DecideSideOptions } from '../src/evaluation/decide-side.js';
import { PostgresReplicaStore } from '../src/follower/postgres-replica-store.js';
import { HmacKeyHasher } from '../src/secrets/hmac-key-hasher.js';
import { PostgresSecretStore } from '../src/secrets/postgres-secret-store.js';
import { PostgresToolStore } from '../src/tools/postgres-tool-store.js';
import { TENANT, digestOf, newEvent } from './policy-history.js';

const TOKEN = 'internal-token-of-the-tests-0123456789';
const MASTER_KEY = Buffer.alloc(32, 7);

/** What several replicas share: one database, and someone who writes to it. */
export class DecideDeployment {
  readonly hasher = new HmacKeyHasher(MASTER_KEY);
  readonly replicas: Replica[] = [];

  private constructor(
    readonly url: string,
    readonly database: Database,
    readonly store: PostgresEventStore,
    readonly secrets: PostgresSecretStore,
    private readonly folder: ThrowawayFolder,
  ) {}

  static async open(url: string): Promise<DecideDeployment> {
    const migrations = [
      ...eventStoreMigrations('policy'),
      ...(await loadMigrations('policy', new URL('../migrations/', import.meta.url))),
    ];
    await migrate({ url, schema: 'policy', migrations });
    const database = await Database.open({ url, applicationName: 'writer', maxConnections: 4 });
    const store = new PostgresEventStore({ database, url, schema: 'policy' });
    const secrets = new PostgresSecretStore(database, new SecretBox(MASTER_KEY));
    return new DecideDeployment(url, database, store, secrets, await throwawayFolder('decide'));
  }

  /** Resolves with the global position. */
  async add<T extends PolicyEventType>(
    type: T,
    data: PolicyEventData<T>,
    tenantId = TENANT,
  ): Promise<number> {
    const appended = await this.store.append(crypto.randomUUID(), [newEvent(type, data, tenantId)], {
      expectedVersion: 0,
    });
    return appended.globalPosition;
  }

  async keyHash(secretId: string, key: string): Promise<void> {
    await this.secrets.addKeyHash(this.database, {
      id: secretId,
      tenantId: TENANT,
      hash: this.hasher.hash(digestOf(key)),
    });
  }

  async replica(name: string, askLogin?: DecideSideOptions['askLogin']): Promise<Replica> {
    const path = join(this.folder.path, `${name}.sock`);
    const replica = await Replica.start(name, path, this, askLogin);
    this.replicas.push(replica);
    return replica;
  }

  async close(): Promise<void> {
    for (const replica of this.replicas) await replica.stop();
    await this.store.close();
    await this.database.close();
    await this.folder.remove();
  }
}

/** A decide side behind its real listener. Its clock for freshness can be set forward. */
export class Replica {
  ahead = 0;
  #stopped = false;

  private constructor(
    readonly path: string,
    readonly side: DecideSide,
    readonly database: Database,
    readonly store: PostgresEventStore,
    readonly listener: InternalListener,
  ) {}

  static async start(
    name: string,
    path: string,
    deployment: DecideDeployment,
    askLogin?: DecideSideOptions['askLogin'],
  ): Promise<Replica> {
    const { url, hasher } = deployment;
    const database = await Database.open({
      url,
      applicationName: name,
      maxConnections: 4,
      statementTimeoutMs: 1_000,
    });
    const store = new PostgresEventStore({ database, url, schema: 'policy' });
    const side: DecideSide = new DecideSide({
      replica: name,
      events: store,
      secrets: new PostgresSecretStore(database, new SecretBox(MASTER_KEY)),
      hasher,
      replicas: new PostgresReplicaStore(database),
      tools: new PostgresToolStore(database),
      askLogin,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      monotonicNow: () => performance.now() + replica.ahead,
    });
    const listener = new InternalListener({
      listen: { kind: 'unix', path },
      token: TOKEN,
      handlers: side.handlers,
    });
    const replica = new Replica(path, side, database, store, listener);
    await listener.start();
    await side.start();
    return replica;
  }

  async post(
    path: string,
    body: unknown,
  ): Promise<{ status: number; headers: IncomingMessage['headers']; body: unknown }> {
    const answer = await this.open(
      path,
      typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    );
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body: text === '' ? null : JSON.parse(text),
    };
  }

  open(path: string, body: string | Buffer, method = 'POST'): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
      const sent = request({ socketPath: this.path, path, method, headers }, resolve);
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** A gateway's control stream. */
  async control(id: string, after?: number): Promise<ControlReader> {
    const { publicKey } = generateSealingKeyPair();
    const answer = await this.open(
      CONTROL_PATH,
      JSON.stringify({ gateway: { id, epoch: 'epoch-1' }, publicKey, after }),
    );
    return new ControlReader(answer);
  }

  async reached(position: number): Promise<void> {
    await until(() => this.side.follower.position >= position, { describe: `position ${position}` });
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.side.stop();
    await this.listener.stop();
    await this.store.close();
    await this.database.close();
  }
}

export class ControlReader {
  readonly messages: ControlMessage[] = [];
  ended = false;

  constructor(readonly response: IncomingMessage) {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.messages.push(controlMessageSchema.parse(JSON.parse(line)));
    });
    response.on('close', () => (this.ended = true));
    response.on('error', () => (this.ended = true));
  }

  async next<T extends ControlMessage['type']>(type: T): Promise<Extract<ControlMessage, { type: T }>> {
    return until(
      () =>
        this.messages.find(
          (message): message is Extract<ControlMessage, { type: T }> => message.type === type,
        ),
      {
        describe: `a message of type ${type}`,
      },
    );
  }
}
