import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { freePort, startPostgresEngine } from '@portcullis/embedded';
import pg from 'pg';

import { killWithChildren } from './kill-with-children.js';
import { providedUrl } from './provided-context.js';
import { throwawayFolder } from './throwaway-folder.js';

export interface TestPostgres {
  /** Url of the database `postgres`; use `createDatabase` for one that is yours alone. */
  url: string;
  createDatabase(): Promise<string>;
  /** Drops the databases created here; ends an engine of one's own. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be. Only for an engine of one's own. */
  kill(): Promise<void>;
  /** Starts again on the same data and port. */
  restart(): Promise<void>;
}

export interface EngineChoice {
  /** Start an engine for this caller alone, to kill it or to fill it; else the run's shared one is used when there is one. */
  own?: boolean;
}

/** A real Postgres: the one the test run shares, or one of the caller's own. */
export async function startPostgres(choice: EngineChoice = {}): Promise<TestPostgres> {
  const shared = choice.own ? undefined : await providedUrl('postgresUrl');
  return shared === undefined ? startOwn() : sharedPostgres(shared);
}

function sharedPostgres(url: string): TestPostgres {
  const databases = postgresDatabases(url);
  const refuse = () =>
    Promise.reject(new Error('This Postgres is shared: use startPostgres({ own: true }) to kill it.'));
  return { url, createDatabase: databases.create, stop: databases.dropAll, kill: refuse, restart: refuse };
}

async function startOwn(): Promise<TestPostgres> {
  const folder = await throwawayFolder('postgres');
  const options = {
    dir: join(folder.path, 'data'),
    logFile: join(folder.path, 'log'),
    port: await freePort(),
    password: randomBytes(12).toString('hex'),
    throwaway: true,
  };
  let engine = await startPostgresEngine(options);
  return {
    url: engine.url,
    createDatabase: postgresDatabases(engine.url).create,
    stop: async () => {
      await engine.stop();
      await folder.remove();
    },
    // Its sessions would outlive the first process for a moment, and still answer.
    kill: () => killWithChildren(engine.child),
    restart: async () => {
      engine = await startPostgresEngine(options);
    },
  };
}

function postgresDatabases(adminUrl: string) {
  const created: string[] = [];
  const admin = async (sql: string) => {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  return {
    create: async (): Promise<string> => {
      const name = `test_${randomBytes(6).toString('hex')}`;
      await admin(`CREATE DATABASE ${name}`);
      created.push(name);
      const url = new URL(adminUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    dropAll: async (): Promise<void> => {
      for (const name of created.splice(0)) await admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
