import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cuttingProxy } from '../test/cutting-proxy.js';
import { freshUrl } from '../test/fresh-database.js';
import { Database } from './database.js';
import { DatabaseUnavailable, violatedUnique } from './database-errors.js';

describe('database', () => {
  let database: Database;
  beforeEach(async () => {
    database = await Database.open({ url: await freshUrl(), applicationName: 'test', maxConnections: 4 });
    await database.query('create table things (n integer primary key)');
  });
  afterEach(() => database.close());

  it('keeps all of a transaction or nothing', async () => {
    await database.transaction((session) => session.query('insert into things values (1)'));
    await expect(
      database.transaction(async (session) => {
        await session.query('insert into things values (2)');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await database.query('select n from things')).toEqual([{ n: 1 }]);
  });

  it('gives the rows of statements that change rows, too', async () => {
    await database.query('insert into things values (1), (2)');
    expect(await database.query('update things set n = n + 10 where n > $1 returning n', [1])).toEqual([
      { n: 12 },
    ]);
    expect(await database.query('delete from things where n = 1 returning n')).toEqual([{ n: 1 }]);
  });

  it('runs the victim of a deadlock again', async () => {
    await database.query('insert into things values (1), (2)');
    let runs = 0;
    let both: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (both = resolve));
    const lock = (first: number, second: number) =>
      database.transaction(async (session) => {
        await session.query('select 1 from things where n = $1 for update', [first]);
        if ((runs += 1) >= 2) both();
        await ready;
        await session.query('select 1 from things where n = $1 for update', [second]);
      });
    await Promise.all([lock(1, 2), lock(2, 1)]);
    expect(runs).toBe(3);
  });

  it('names the constraint a write ran into, and keeps values out of the error', async () => {
    await database.query('insert into things values (1)');
    const error: unknown = await database
      .query('insert into things values ($1)', [1])
      .catch((thrown: unknown) => thrown);
    expect(violatedUnique(error)).toBe('things_pkey');
    expect(error).not.toHaveProperty('parameters');
    expect(error).not.toHaveProperty('query');
  });

  it('says that Postgres is unavailable while connections are cut, and recovers', async () => {
    const cut = database.transaction(async (session) => {
      const [own] = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
      await database.query('select pg_terminate_backend($1)', [own?.pid]);
      return session.query('select 1');
    });
    await expect(cut).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('outlives connections that are lost the moment they are there', async () => {
    const proxy = await cuttingProxy(await freshUrl());
    const uncaught: unknown[] = [];
    const hear = (error: unknown) => uncaught.push(error);
    process.on('uncaughtException', hear);
    const through = await Database.open({ url: proxy.url, applicationName: 'test', maxConnections: 4 });
    try {
      proxy.cut();
      const held = through.transaction(async (session) => {
        const asked = [1, 2, 3].map((n) => through.query('select $1::integer as n', [n]));
        const answers = await Promise.allSettled(asked);
        await session.query('select 1');
        return answers.map(
          (answer) => (answer.status === 'rejected' ? answer.reason : answer.value) as unknown,
        );
      });
      for (const answer of await held) expect(answer).toBeInstanceOf(DatabaseUnavailable);
      proxy.mend();
      expect(await through.query('select 1 as one')).toEqual([{ one: 1 }]);
      expect(uncaught).toEqual([]);
    } finally {
      process.off('uncaughtException', hear);
      await through.close();
      await proxy.close();
    }
  });

  it('says so when nothing listens at all', async () => {
    await expect(
      Database.open({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'test' }),
    ).rejects.toBeInstanceOf(DatabaseUnavailable);
  });
});
