import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { exitOf, freePort, startClickHouseEngine } from '@portcullis/embedded';

import { providedUrl } from './provided-context.js';
import type { EngineChoice } from './start-postgres.js';
import { throwawayFolder } from './throwaway-folder.js';

export interface TestClickHouse {
  /** `http://user:password@127.0.0.1:port/default`; use `createDatabase` for a database that is yours alone. */
  url: string;
  createDatabase(): Promise<string>;
  /** Drops the databases created here; ends an engine of one's own. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be. Only for an engine of one's own. */
  kill(): Promise<void>;
  /** Starts again on the same data and port. */
  restart(): Promise<void>;
}

/** The real ClickHouse engine: the one the test run shares, or one of the caller's own. */
export async function startClickHouse(choice: EngineChoice = {}): Promise<TestClickHouse> {
  const shared = choice.own ? undefined : await providedUrl('clickhouseUrl');
  return shared === undefined ? startOwn() : sharedClickHouse(shared);
}

function sharedClickHouse(url: string): TestClickHouse {
  const databases = clickHouseDatabases(url);
  const refuse = () =>
    Promise.reject(new Error('This ClickHouse is shared: use startClickHouse({ own: true }) to kill it.'));
  return { url, createDatabase: databases.create, stop: databases.dropAll, kill: refuse, restart: refuse };
}

async function startOwn(): Promise<TestClickHouse> {
  const folder = await throwawayFolder('clickhouse');
  const options = {
    dir: join(folder.path, 'data'),
    logFile: join(folder.path, 'log'),
    port: await freePort(),
    password: randomBytes(12).toString('hex'),
  };
  let engine = await startClickHouseEngine(options);
  return {
    url: engine.url,
    createDatabase: clickHouseDatabases(engine.url).create,
    stop: async () => {
      await engine.stop();
      await folder.remove();
    },
    kill: async () => {
      engine.child.kill('SIGKILL');
      await exitOf(engine.child);
    },
    restart: async () => {
      engine = await startClickHouseEngine(options);
    },
  };
}

function clickHouseDatabases(adminUrl: string) {
  const created: string[] = [];
  return {
    create: async (): Promise<string> => {
      const name = `test_${randomBytes(6).toString('hex')}`;
      await command(adminUrl, `CREATE DATABASE ${name}`);
      created.push(name);
      const url = new URL(adminUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    dropAll: async (): Promise<void> => {
      for (const name of created.splice(0)) await command(adminUrl, `DROP DATABASE IF EXISTS ${name} SYNC`);
    },
  };
}

async function command(url: string, sql: string): Promise<void> {
  const { username, password, origin } = new URL(url);
  const response = await fetch(origin, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': username, 'X-ClickHouse-Key': decodeURIComponent(password) },
    body: sql,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim());
}
