import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startClickHouse, type TestClickHouse } from '@portcullis/testing';
import { ClickHouse } from '../click-house.js';
import { migrate } from './migrate.js';
import { defineMigration } from './migration.js';

const topology = { kind: 'single' } as const;
const first = defineMigration(
  1,
  '0001_create_t',
  'CREATE TABLE IF NOT EXISTS t {{on_cluster}} (a String) ENGINE = {{engine MergeTree()}} ORDER BY a',
);
const second = defineMigration(2, '0002_add_b', 'ALTER TABLE t ADD COLUMN IF NOT EXISTS b String');

describe('migrate', () => {
  let engine: TestClickHouse;
  let clickHouse: ClickHouse;
  beforeAll(async () => {
    engine = await startClickHouse();
  });
  beforeEach(async () => {
    await clickHouse?.close();
    clickHouse = new ClickHouse({ url: await engine.createDatabase(), application: 'test' });
  });
  afterAll(async () => {
    await clickHouse.close();
    await engine.stop();
  });
  const columns = async () => {
    const { rows } = await clickHouse.rows<{ name: string }>(
      "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 't' ORDER BY position",
    );
    return rows.map((row) => row.name);
  };

  it('applies what is missing, in order, once', async () => {
    expect(await migrate(clickHouse, { migrations: [first], topology })).toEqual({
      applied: ['0001_create_t'],
      newer: [],
    });
    expect(await migrate(clickHouse, { migrations: [first, second], topology })).toEqual({
      applied: ['0002_add_b'],
      newer: [],
    });
    expect(await migrate(clickHouse, { migrations: [first, second], topology })).toEqual({
      applied: [],
      newer: [],
    });
    expect(await columns()).toEqual(['a', 'b']);
  });

  it('tells what it would do and changes nothing on a dry run', async () => {
    const told: string[] = [];
    const result = await migrate(clickHouse, {
      migrations: [first],
      topology,
      dryRun: true,
      onApply: (_migration, sql) => told.push(sql),
    });
    expect(result.applied).toEqual(['0001_create_t']);
    expect(told).toEqual(['CREATE TABLE IF NOT EXISTS t  (a String) ENGINE = MergeTree() ORDER BY a']);
    expect((await clickHouse.rows('SHOW TABLES')).rows).toEqual([]);
  });

  it('refuses an edited migration and one whose file is gone', async () => {
    await migrate(clickHouse, { migrations: [first, second], topology });
    const edited = defineMigration(1, '0001_create_t', first.template.replace('a String', 'a UInt8'));
    await expect(migrate(clickHouse, { migrations: [edited, second], topology })).rejects.toMatchObject({
      code: 'migrations.edited',
    });
    await expect(migrate(clickHouse, { migrations: [second], topology })).rejects.toMatchObject({
      code: 'migrations.missing',
    });
  });

  it('works on a schema that a newer build has already extended', async () => {
    await migrate(clickHouse, { migrations: [first, second], topology });
    expect(await migrate(clickHouse, { migrations: [first], topology })).toEqual({
      applied: [],
      newer: ['0002_add_b'],
    });
  });

  it('goes on after a process died between the statement and its note', async () => {
    await migrate(clickHouse, { migrations: [first], topology });
    await clickHouse.command(second.template);
    expect((await migrate(clickHouse, { migrations: [first, second], topology })).applied).toEqual([
      '0002_add_b',
    ]);
  });

  it('lets one of several processes apply and the others find it done', async () => {
    const results = await Promise.all(
      Array.from({ length: 4 }, () => migrate(clickHouse, { migrations: [first, second], topology })),
    );
    expect(results.flatMap((result) => result.applied).sort()).toEqual(['0001_create_t', '0002_add_b']);
    const { rows } = await clickHouse.rows('SELECT number FROM migrations ORDER BY number');
    expect(rows).toEqual([{ number: 1 }, { number: 2 }]);
  });

  it('waits for a lock that is held, and takes one whose holder died long ago', async () => {
    const hold = (until: number) =>
      clickHouse.command(
        `CREATE TABLE migrations_lock (lock UInt8) ENGINE = Memory COMMENT 'someone ${until}'`,
      );
    await hold(Date.now() + 60_000);
    await expect(migrate(clickHouse, { migrations: [first], topology, lockWaitMs: 1 })).rejects.toMatchObject(
      { code: 'migrations.locked' },
    );
    await clickHouse.command('DROP TABLE migrations_lock SYNC');
    await hold(Date.now() - 1);
    expect((await migrate(clickHouse, { migrations: [first], topology })).applied).toEqual(['0001_create_t']);
    expect((await clickHouse.rows('EXISTS migrations_lock')).rows).toEqual([{ result: 0 }]);
  });
});
