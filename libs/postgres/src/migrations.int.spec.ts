import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshUrl } from '../test/fresh-database.js';
import { Database } from './database.js';
import { loadMigrations, migrate, MigrationRefused } from './migrations.js';

const step = (name: string, sql: string) => ({ series: 'things', name, sql });

describe('migrations runner', () => {
  let url: string;
  let database: Database;
  beforeEach(async () => {
    url = await freshUrl();
    database = await Database.open({ url, applicationName: 'test', maxConnections: 2 });
  });
  afterEach(() => database.close());

  it('applies what is new, once, however many processes start at the same time', async () => {
    const migrations = [
      step('0001_create_things', 'create table thing.things (n integer)'),
      step('0002_fill_things', 'insert into thing.things values (1)'),
    ];
    const results = await Promise.all(
      Array.from({ length: 6 }, () => migrate({ url, schema: 'thing', migrations })),
    );
    expect(results.flatMap(({ applied }) => applied)).toEqual([
      'things/0001_create_things',
      'things/0002_fill_things',
    ]);
    expect(await database.query('select n from thing.things')).toEqual([{ n: 1 }]);
  });

  it('applies a failing step not at all, keeps those before it, and goes on when it is mended', async () => {
    const first = step('0001_create_things', 'create table thing.things (n integer)');
    const broken = step('0002_add_more', 'create table thing.more (n integer); select 1 / 0');
    await expect(migrate({ url, schema: 'thing', migrations: [first, broken] })).rejects.toThrow(
      'things/0002_add_more failed',
    );
    expect(
      await database.query(
        `select to_regclass('thing.things') is not null as things, to_regclass('thing.more') is not null as more`,
      ),
    ).toEqual([{ things: true, more: false }]);
    const mended = step('0002_add_more', 'create table thing.more (n integer)');
    expect(await migrate({ url, schema: 'thing', migrations: [first, mended] })).toEqual({
      applied: ['things/0002_add_more'],
    });
  });

  it('refuses an edited step before it changes anything', async () => {
    await migrate({ url, schema: 'thing', migrations: [step('0001_a', 'create table thing.a (n integer)')] });
    await expect(
      migrate({
        url,
        schema: 'thing',
        migrations: [
          step('0001_a', 'create table thing.a (n bigint)'),
          step('0002_b', 'create table thing.b (n integer)'),
        ],
      }),
    ).rejects.toBeInstanceOf(MigrationRefused);
    expect(await database.query(`select to_regclass('thing.b') as b`)).toEqual([{ b: null }]);
  });

  it('refuses two steps of one number', async () => {
    await expect(
      migrate({ url, schema: 'thing', migrations: [step('0001_a', ''), step('0001_b', '')] }),
    ).rejects.toThrow('does not come after');
  });

  it('loads the files of a folder in order and refuses a bad name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
    try {
      await writeFile(join(folder, '0002_b.sql'), 'b');
      await writeFile(join(folder, '0001_a.sql'), 'a');
      await writeFile(join(folder, 'README.md'), 'not one');
      const at = pathToFileURL(`${folder}/`);
      expect(await loadMigrations('things', at)).toEqual([step('0001_a', 'a'), step('0002_b', 'b')]);
      await writeFile(join(folder, '3_c.sql'), 'c');
      await expect(loadMigrations('things', at)).rejects.toThrow('3_c.sql');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
