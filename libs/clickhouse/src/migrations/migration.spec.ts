import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineMigration, loadMigrations, renderMigration } from './migration.js';

const table = `CREATE TABLE IF NOT EXISTS t {{on_cluster}} (a String) ENGINE = {{engine ReplacingMergeTree(a)}} ORDER BY a`;

describe('renderMigration', () => {
  it('renders one node', () => {
    expect(renderMigration({ template: table }, { kind: 'single' })).toBe(
      'CREATE TABLE IF NOT EXISTS t  (a String) ENGINE = ReplacingMergeTree(a) ORDER BY a',
    );
  });

  it('renders replicas of a cluster', () => {
    expect(renderMigration({ template: table }, { kind: 'replicated', cluster: 'main' })).toBe(
      "CREATE TABLE IF NOT EXISTS t ON CLUSTER 'main' (a String) ENGINE = " +
        "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', a) ORDER BY a",
    );
    expect(
      renderMigration({ template: '{{engine MergeTree()}}' }, { kind: 'replicated', cluster: 'main' }),
    ).toBe("ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')");
  });

  it('refuses a cluster name that could end the literal', () => {
    expect(() => renderMigration({ template: table }, { kind: 'replicated', cluster: "x' DROP" })).toThrow(
      TypeError,
    );
  });
});

describe('defineMigration', () => {
  it('has one checksum for one statement, whatever the line ends', () => {
    const unix = defineMigration(1, 'n', 'CREATE TABLE IF NOT EXISTS t\n(a String)\n');
    const dos = defineMigration(1, 'n', 'CREATE TABLE IF NOT EXISTS t\r\n(a String)');
    expect(dos.checksum).toBe(unix.checksum);
    expect(defineMigration(1, 'n', 'CREATE TABLE IF NOT EXISTS t\n(b String)').checksum).not.toBe(
      unix.checksum,
    );
  });

  it.each([
    ['nothing', '-- only a comment'],
    ['two statements', 'DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS b'],
    ['a table that may exist already', 'CREATE TABLE t (a String) ENGINE = Memory'],
    ['a column that may exist already', 'ALTER TABLE t ADD COLUMN a String'],
    ['an index that may be gone already', 'ALTER TABLE t DROP INDEX i'],
    ['a read', 'SELECT 1'],
    ['an unknown placeholder', 'CREATE TABLE IF NOT EXISTS {{name}} (a String) ENGINE = Memory'],
  ])('refuses %s', (_title, sql) => {
    expect(() => defineMigration(1, 'n', sql)).toThrow(
      expect.objectContaining({ code: 'migrations.statement' }),
    );
  });

  it('takes a semicolon in a text or comment for what it is', () => {
    expect(() =>
      defineMigration(1, 'n', "-- a; b\nALTER TABLE t ADD COLUMN IF NOT EXISTS a String DEFAULT 'x;y';"),
    ).not.toThrow();
  });
});

describe('loadMigrations', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'migrations-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });
  const write = (name: string) => {
    writeFileSync(join(directory, name), 'DROP TABLE IF EXISTS t');
  };

  it('reads them in the order of their numbers and leaves other files alone', () => {
    write('0002_drop_more.sql');
    write('0001_drop_t.sql');
    write('README.md');
    expect(loadMigrations(directory).map((migration) => migration.name)).toEqual([
      '0001_drop_t',
      '0002_drop_more',
    ]);
  });

  it('refuses a hole in the numbers and a number given twice', () => {
    write('0001_drop_t.sql');
    write('0003_drop_u.sql');
    expect(() => loadMigrations(directory)).toThrow(expect.objectContaining({ code: 'migrations.sequence' }));
    write('0002_drop_v.sql');
    write('0002_drop_w.sql');
    expect(() => loadMigrations(directory)).toThrow(expect.objectContaining({ code: 'migrations.sequence' }));
  });

  it('refuses a name without a number', () => {
    write('drop.sql');
    expect(() => loadMigrations(directory)).toThrow(
      expect.objectContaining({ code: 'migrations.file_name' }),
    );
  });
});
