import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { access, chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import pg from 'pg';

import { EngineError } from '../engine-error.js';
import { exitOf, stopChild } from '../process/exit-of.js';
import { openLog, rotateLog } from '../process/log-file.js';
import { ENGINE_STOP_ORDER, spawnKept } from '../process/spawn-kept.js';
import { postgresAccount, type Account } from './postgres-account.js';
import { postgresBinaries } from './postgres-binaries.js';
import { reachableBinaries, reachableFolder } from './reachable-for-postgres.js';

export interface PostgresOptions {
  /** Folder of the cluster; created on first start. */
  dir: string;
  /** Default: `<dir>.log`. */
  logFile?: string;
  port: number;
  password: string;
  /** Tests only: no fsync. A killed process still loses nothing, a crashed machine may. */
  throwaway?: boolean;
  /** Called as soon as the server process exists. */
  onSpawn?: (child: ChildProcess) => void;
  /** Told what a person should know. */
  say?: (line: string) => void;
}

export interface EmbeddedPostgres {
  url: string;
  child: ChildProcess;
  /** Ends open transactions and checkpoints. */
  stop(): Promise<void>;
}

const USER = 'portcullis';
const READY_TIMEOUT_MS = 60_000;
const CRASH_CLEARED_MS = 15_000;

/** Starts Postgres on loopback, creating its data folder on the first start, and waits until it answers. */
export async function startPostgresEngine(given: PostgresOptions): Promise<EmbeddedPostgres> {
  const account = await postgresAccount();
  const binaries = await reachableBinaries(await postgresBinaries(), account);
  const folder = await reachableFolder(given.dir, account);
  if (folder.closed !== undefined) {
    given.say?.(
      `postgres may not enter ${folder.closed}, so its data is in ${folder.path} (${given.dir} leads there)`,
    );
  }
  const options = { logFile: `${given.dir}.log`, ...given, dir: folder.path };
  await initialise(binaries.initdb, options, account);
  for (const deadline = Date.now() + CRASH_CLEARED_MS; ;) {
    try {
      return await startServer(binaries.postgres, options, account);
    } catch (error) {
      // The processes of a server that was killed notice it within a second or two, and hold its folder until then.
      if (!/in use|already exists/.test((error as Error).message) || Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function startServer(
  binary: string,
  options: PostgresOptions & { logFile: string },
  account: Account | undefined,
): Promise<EmbeddedPostgres> {
  rotateLog(options.logFile);
  const log = openLog(options.logFile);
  const child = spawnKept(binary, ['-D', options.dir, '-p', String(options.port), ...flags(options)], {
    ...account,
    cwd: options.dir,
    stdio: ['ignore', log, log],
    order: ENGINE_STOP_ORDER,
    stopSignal: 'SIGINT',
    graceMs: 15_000,
  });
  closeSync(log);
  options.onSpawn?.(child);
  const url = `postgresql://${USER}:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/postgres`;
  try {
    await ready(child, url, options.logFile);
  } catch (error) {
    await stopChild(child, 'SIGINT', 5_000);
    throw error;
  }
  return {
    url,
    child,
    stop: async () => {
      await stopChild(child, 'SIGINT', 15_000);
    },
  };
}

function flags(options: PostgresOptions): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    log_min_messages: 'error',
    ...(options.throwaway ? { fsync: 'off', full_page_writes: 'off' } : {}),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function initialise(
  initdb: string,
  options: PostgresOptions & { logFile: string },
  account: Account | undefined,
): Promise<void> {
  const done = join(options.dir, 'PG_VERSION');
  const marker = `${options.dir}.initialising`;
  const interrupted = await exists(marker);
  if (!interrupted && (await exists(done))) return;
  // An initdb that was killed leaves half a cluster that nothing has been stored in.
  if (interrupted) await rm(options.dir, { recursive: true, force: true });
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  await writeFile(marker, '');
  const passwordFile = `${options.dir}.password`;
  await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (account) {
    await chown(options.dir, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  await chmod(options.dir, 0o700);
  const log = openLog(options.logFile);
  const child = spawnKept(
    initdb,
    [
      `--pgdata=${options.dir}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      ...(options.throwaway ? ['--no-sync'] : []),
    ],
    {
      ...account,
      cwd: options.dir,
      stdio: ['ignore', log, log],
      env: { ...process.env, LC_ALL: 'C' },
      order: ENGINE_STOP_ORDER,
      stopSignal: 'SIGKILL',
      graceMs: 1_000,
    },
  );
  closeSync(log);
  const exit = await exitOf(child);
  await rm(passwordFile, { force: true });
  if (exit.code !== 0)
    throw new EngineError(`Postgres could not create ${options.dir}: ${await complaint(options.logFile)}`);
  await rm(marker);
}

async function ready(child: ChildProcess, url: string, logFile: string): Promise<void> {
  let exited = false;
  void exitOf(child).then(() => (exited = true));
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return;
    } catch (cause) {
      if (exited) throw new EngineError(`Postgres did not start: ${await complaint(logFile)}`, { cause });
      if (Date.now() > deadline) throw new EngineError(`Postgres does not answer; see ${logFile}`, { cause });
    } finally {
      await client.end().catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function complaint(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.trim().split('\n');
  return lines.findLast((line) => /FATAL|ERROR|error/.test(line)) ?? lines.at(-1) ?? 'no reason given';
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
