import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startClickHouseEngine } from '../clickhouse/start-clickhouse.js';
import { EngineError } from '../engine-error.js';
import { startPostgresEngine } from '../postgres/start-postgres.js';
import { freePort } from '../process/free-port.js';
import { rotateLog } from '../process/log-file.js';
import { ENGINE_STOP_ORDER } from '../process/spawn-kept.js';
import { assertPortFree } from './assert-port-free.js';
import { bootstrap, type Bootstrap } from './bootstrap.js';
import { ensureClickHouseDatabase } from './clickhouse-database.js';
import { openDataFolder, rememberProcesses, type DataFolder } from './data-folder.js';
import { createPerson } from './create-person.js';
import { deploymentSecrets, type DeploymentSecrets } from './deployment-secrets.js';
import { isHealthy, launchService, SERVICE_GRACE_MS } from './launch-service.js';
import { ensurePostgresDatabase } from './postgres-database.js';
import { registerSample } from './register-sample.js';
import {
  internalUrl,
  serviceEnvironment,
  SERVICES,
  type ServiceRow,
  type ServiceSurroundings,
} from './service-table.js';
import { socketFolder } from './socket-folder.js';
import { TendedProcess, type Tended } from './tended-process.js';

export interface DeploymentOptions {
  dataDir: string;
  /** Without the reference server and its sample policy. */
  bare?: boolean;
  /** Settings as in the environment; replaces the process's own environment when given. */
  env?: NodeJS.ProcessEnv;
  /** One line for each step. */
  say?: (line: string) => void;
  /** Aborted: the start is given up, what runs is stopped. */
  signal?: AbortSignal;
  /** Root of the repository, where the services are. */
  root?: string;
  /** For tests of the supervisor itself. */
  services?: readonly ServiceRow[];
  bootstrapEntry?: string;
  createPersonEntry?: string;
  /** For tests that kill often: the longest pause before a process that died is started again. */
  longestRestartDelayMs?: number;
}

export interface Deployment {
  dataDir: string;
  apiUrl: string;
  gatewayUrl: string;
  bootstrap: Bootstrap;
  /** Living processes by name: the services, `postgres`, `clickhouse`, `everything`. */
  readonly pids: Readonly<Record<string, number>>;
  kill(name: string, signal?: NodeJS.Signals): void;
  /** Resolves when every process is up and healthy; after a kill, when it is back. */
  waitHealthy(timeoutMs?: number): Promise<void>;
  /** Stops services, then engines; the data stays. */
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const REFERENCE_SERVER = fileURLToPath(new URL('../../dist/reference-server.js', import.meta.url));
const DATABASE = 'portcullis';
const ROTATE_EVERY_MS = 30_000;

/**
 * Starts a whole deployment on embedded engines (or on the external ones the environment names) and resolves when it
 * is ready. Rejects with an `EngineError` of one line, with everything stopped again.
 */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const run = new DeploymentRun(options);
  const giveUp = () => void run.stop();
  options.signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await run.start();
  } catch (error) {
    await run.stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
}

class DeploymentRun {
  private readonly env: NodeJS.ProcessEnv;
  private readonly say: (line: string) => void;
  private readonly root: string;
  private readonly services: readonly ServiceRow[];
  /** In the order in which they are stopped: each inner list at once. */
  private readonly tended: { order: number; process: TendedProcess }[] = [];
  private readonly cleanups: (() => void)[] = [];
  private folder: DataFolder | undefined;
  private surroundings: ServiceSurroundings | undefined;
  private apiUrl = '';
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: DeploymentOptions) {
    this.env = options.env ?? process.env;
    this.say = options.say ?? (() => undefined);
    this.root = options.root ?? ROOT;
    this.services = options.services ?? SERVICES;
  }

  async start(): Promise<Deployment> {
    const folder = await openDataFolder(this.options.dataDir);
    this.folder = folder;
    this.cleanups.push(() => folder.release());
    const host = this.env['PORTCULLIS_HOST'] || '127.0.0.1';
    const apiPort = await this.port(host, 'PORTCULLIS_API_PORT', 4000);
    const gatewayPort = await this.port(host, 'PORTCULLIS_GATEWAY_PORT', 4100);
    const secrets = deploymentSecrets(folder);
    const sockets = socketFolder(folder);
    this.cleanups.push(() => sockets.remove());
    this.rotateLogs(folder);

    const [postgresUrl, clickhouseUrl] = await Promise.all([
      this.postgres(folder, secrets),
      this.clickhouse(folder, secrets),
    ]);
    const surroundings: ServiceSurroundings = {
      outer: this.env,
      dataDir: folder.path,
      sockets: sockets.path,
      secrets,
      postgresUrl,
      clickhouseUrl,
      apiPort,
      gatewayPort,
    };
    this.surroundings = surroundings;
    const scheme = this.env['PORTCULLIS_TLS_CERT_FILE'] ? 'https' : 'http';
    this.apiUrl = `${scheme}://${localName(host)}:${apiPort}`;
    const gatewayUrl = `${scheme}://${localName(host)}:${gatewayPort}`;

    const [upstreamUrl] = await Promise.all([
      this.options.bare ? undefined : this.referenceServer(folder),
      ...this.services.map((row) => this.service(row, folder, surroundings)),
    ]);
    const policy = this.services.find((row) => row.name === 'policy') ?? this.services[0];
    if (!policy) throw new EngineError('There is no service to start.');
    const created = await bootstrap(
      folder,
      { apiUrl: this.apiUrl, gatewayUrl },
      {
        entry: this.options.bootstrapEntry ?? join(this.root, 'services/policy/dist/bootstrap.js'),
        env: serviceEnvironment(policy, surroundings),
      },
    );
    await Promise.all([this.owner(created, surroundings), this.allHealthy(60_000)]);
    if (upstreamUrl !== undefined) await registerSample(folder, created, upstreamUrl);
    return this.handle(created, gatewayUrl);
  }

  /** The owner can sign in, also in a data folder made before there were logins. */
  private async owner(created: Bootstrap, surroundings: ServiceSurroundings): Promise<void> {
    const api = this.services.find((row) => row.name === 'api');
    if (!api) return;
    await createPerson(created, {
      entry: this.options.createPersonEntry ?? join(this.root, 'services/api/dist/create-person.js'),
      env: serviceEnvironment(api, surroundings),
    });
  }

  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async stopAll(): Promise<void> {
    for (const order of [...new Set(this.tended.map((entry) => entry.order))].sort((a, b) => a - b)) {
      await Promise.all(
        this.tended.filter((entry) => entry.order === order).map(({ process }) => process.stop()),
      );
    }
    if (this.folder) rmSync(this.folder.at('processes.json'), { force: true });
    for (const cleanup of this.cleanups.splice(0).reverse()) cleanup();
  }

  private handle(created: Bootstrap, gatewayUrl: string): Deployment {
    const pids = () => this.pids();
    return {
      dataDir: this.folder?.path ?? '',
      apiUrl: this.apiUrl,
      gatewayUrl,
      bootstrap: created,
      get pids() {
        return Object.fromEntries(pids());
      },
      kill: (name, signal = 'SIGKILL') => {
        const found = this.tended.find(({ process }) => process.name === name);
        if (!found) throw new Error(`no process named ${name}`);
        found.process.kill(signal);
      },
      waitHealthy: (timeoutMs = 60_000) => this.allHealthy(timeoutMs),
      stop: () => this.stop(),
    };
  }

  private pids(): Map<string, number> {
    return new Map(
      this.tended.flatMap(({ process }): [string, number][] =>
        process.pid === undefined ? [] : [[process.name, process.pid]],
      ),
    );
  }

  private async port(host: string, setting: string, fallback: number): Promise<number> {
    const text = this.env[setting];
    const port = text ? Number(text) : fallback;
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new EngineError(`${setting} is not a port: ${text}`);
    if (port === 0) return freePort(host);
    await assertPortFree(host, port, setting);
    return port;
  }

  private async postgres(folder: DataFolder, secrets: DeploymentSecrets): Promise<string> {
    const external = this.env['PORTCULLIS_POSTGRES_URL'];
    if (external) return external;
    const port = await freePort();
    let url = '';
    await this.tend(ENGINE_STOP_ORDER, {
      name: 'postgres',
      stopSignal: 'SIGINT',
      graceMs: 15_000,
      launch: async (onSpawn) => {
        const engine = await startPostgresEngine({
          dir: folder.at('postgres'),
          logFile: folder.at('logs', 'postgres.log'),
          port,
          password: secrets.postgresPassword,
          onSpawn,
          say: this.say,
        });
        url = engine.url;
      },
    });
    return ensurePostgresDatabase(url, DATABASE);
  }

  private async clickhouse(folder: DataFolder, secrets: DeploymentSecrets): Promise<string> {
    const external = this.env['PORTCULLIS_CLICKHOUSE_URL'];
    if (external) return external;
    const port = await freePort();
    let url = '';
    await this.tend(ENGINE_STOP_ORDER, {
      name: 'clickhouse',
      stopSignal: 'SIGTERM',
      graceMs: 15_000,
      launch: async (onSpawn) => {
        const engine = await startClickHouseEngine({
          dir: folder.at('clickhouse'),
          logFile: folder.at('logs', 'clickhouse.log'),
          port,
          password: secrets.clickhousePassword,
          onSpawn,
        });
        url = engine.url;
      },
    });
    return ensureClickHouseDatabase(url, DATABASE);
  }

  private async service(
    row: ServiceRow,
    folder: DataFolder,
    surroundings: ServiceSurroundings,
  ): Promise<void> {
    await this.tend(row.stopOrder, {
      name: row.name,
      stopSignal: 'SIGTERM',
      graceMs: SERVICE_GRACE_MS,
      launch: (onSpawn) =>
        launchService(
          {
            name: row.name,
            entry: join(this.root, row.entry),
            env: serviceEnvironment(row, surroundings),
            logFile: folder.at('logs', `${row.name}.log`),
            health: this.serviceHealth(row, surroundings),
            stopOrder: row.stopOrder,
            ...(row.background ? { background: true } : {}),
          },
          onSpawn,
        ),
    });
  }

  /** Answers its MCP address. */
  private async referenceServer(folder: DataFolder): Promise<string> {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    await this.tend(0, {
      name: 'everything',
      stopSignal: 'SIGTERM',
      graceMs: 2_000,
      launch: (onSpawn) =>
        launchService(
          {
            name: 'everything',
            entry: REFERENCE_SERVER,
            env: { PATH: this.env['PATH'], PORT: String(port) },
            logFile: folder.at('logs', 'everything.log'),
            health: { base, path: '/', anyStatus: true },
            stopOrder: 0,
          },
          onSpawn,
        ),
    });
    return `${base}/mcp`;
  }

  private async tend(order: number, tended: Tended): Promise<void> {
    if (this.stopped) throw new EngineError('The deployment is being stopped.');
    const started = Date.now();
    const { longestRestartDelayMs: longestDelayMs } = this.options;
    const process = new TendedProcess(
      { ...tended, ...(longestDelayMs === undefined ? {} : { longestDelayMs }) },
      { say: this.say, changed: () => this.remember() },
    );
    this.tended.push({ order, process });
    await process.start();
    this.say(`${tended.name} ready (${((Date.now() - started) / 1_000).toFixed(1)} s)`);
  }

  private remember(): void {
    if (this.folder && !this.stopped) rememberProcesses(this.folder, this.pids());
  }

  private serviceHealth(row: ServiceRow, surroundings: ServiceSurroundings) {
    return {
      base: internalUrl(row.name, surroundings),
      path: '/health',
      headers: { authorization: `Bearer ${surroundings.secrets.internalToken}` },
    };
  }

  /** Every service by its own word, and the API's word about all of them: what the outside goes by. */
  private async allHealthy(timeoutMs: number): Promise<void> {
    const { surroundings } = this;
    if (!surroundings) throw new EngineError('The deployment has not been started.');
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const missing = this.tended.filter(({ process }) => !process.ready).map(({ process }) => process.name);
      const ill = await Promise.all(
        this.services.map(async (row) =>
          (await isHealthy(this.serviceHealth(row, surroundings))) ? [] : [row.name],
        ),
      );
      const outward = await isHealthy({ base: this.apiUrl, path: '/api/v1/health' });
      const wanting = [...missing, ...ill.flat(), ...(outward ? [] : [`${this.apiUrl}/api/v1/health`])];
      if (wanting.length === 0) return;
      if (this.stopped) throw new EngineError('The deployment is being stopped.');
      if (Date.now() > deadline)
        throw new EngineError(`Not healthy after ${timeoutMs / 1_000} s: ${wanting.join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private rotateLogs(folder: DataFolder): void {
    const timer = setInterval(() => {
      for (const { process } of this.tended) rotateLog(folder.at('logs', `${process.name}.log`));
    }, ROTATE_EVERY_MS);
    timer.unref();
    this.cleanups.push(() => clearInterval(timer));
  }
}

function localName(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
