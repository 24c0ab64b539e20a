import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { openSessionClient } from './session-client.js';
import { identifier } from './sql-session.js';

/** One step, written once and never changed: `0001_create_tables`. Steps of one series are applied in the order of their numbers. */
export interface Migration {
  /** Who owns the step: the name of a lib or a service. */
  readonly series: string;
  readonly name: string;
  readonly sql: string;
}

export interface MigrateOptions {
  readonly url: string;
  /** Schema of the service; created when missing. It also holds the list of what was applied. */
  readonly schema: string;
  /** Series in the order they depend on each other. */
  readonly migrations: readonly Migration[];
}

/** The migrations a database has and those the program brings do not fit together. Needs a person. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
  readonly code = 'postgres.migration_refused';
}

const FILE = /^(\d{4}_[a-z0-9_]+)\.sql$/;

/** The `*.sql` files of a folder, as one series. */
export async function loadMigrations(series: string, folder: URL): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => {
      const name = FILE.exec(file)?.[1];
      if (name === undefined) throw new MigrationRefused(`${file} is not named 0001_like_this.sql.`);
      return { series, name, sql: await readFile(new URL(file, folder), 'utf8') };
    }),
  );
}

/**
 * Brings a schema up to date, each step in a transaction of its own, one process at a time. Refuses when an applied
 * step was edited, removed, or overtaken. Steps a newer release has added at the end are left alone, so that a
 * release can be rolled back.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const schema = identifier(options.schema);
  checkNumbers(options.migrations);
  const session = await openSessionClient(options.url, `migrate-${schema}`);
  const { client } = session;
  try {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [
      `portcullis.migrations.${schema}`,
    ]);
    await client.query(`create schema if not exists ${schema}`);
    await client.query(`create table if not exists ${schema}.migrations (
      series text not null, name text not null, checksum text not null,
      applied_at timestamptz not null default now(), primary key (series, name))`);
    const { rows } = await client.query<AppliedRow>(
      `select series, name, checksum from ${schema}.migrations`,
    );
    const pending = pendingOf(options.migrations, rows);
    for (const migration of pending) {
      await client.query('begin');
      try {
        await client.query(migration.sql);
        await client.query(`insert into ${schema}.migrations (series, name, checksum) values ($1, $2, $3)`, [
          migration.series,
          migration.name,
          checksumOf(migration.sql),
        ]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        throw new Error(`Migration ${migration.series}/${migration.name} failed.`, { cause: error });
      }
    }
    return { applied: pending.map((migration) => `${migration.series}/${migration.name}`) };
  } finally {
    await session.close();
  }
}

interface AppliedRow {
  readonly series: string;
  readonly name: string;
  readonly checksum: string;
}

export function pendingOf(migrations: readonly Migration[], applied: readonly AppliedRow[]): Migration[] {
  const pending: Migration[] = [];
  for (const series of new Set(migrations.map((migration) => migration.series))) {
    const known = migrations.filter((migration) => migration.series === series);
    const done = new Map(
      applied.filter((row) => row.series === series).map((row) => [row.name, row.checksum]),
    );
    const lastDone = [...done.keys()].sort().at(-1) ?? '';
    const lastKnown = known.at(-1)?.name ?? '';
    for (const { name, sql } of known) {
      const checksum = done.get(name);
      if (checksum === undefined && name < lastDone) {
        throw new MigrationRefused(
          `Migration ${series}/${name} was added before ${lastDone}, which is already applied.`,
        );
      }
      if (checksum !== undefined && checksum !== checksumOf(sql)) {
        throw new MigrationRefused(`Migration ${series}/${name} was changed after it had been applied.`);
      }
    }
    for (const name of done.keys()) {
      if (name < lastKnown && !known.some((migration) => migration.name === name)) {
        throw new MigrationRefused(`Migration ${series}/${name} is applied but no longer exists.`);
      }
    }
    pending.push(...known.filter((migration) => !done.has(migration.name)));
  }
  return pending;
}

function checkNumbers(migrations: readonly Migration[]): void {
  const last = new Map<string, string>();
  for (const { series, name } of migrations) {
    if (!/^\d{4}_[a-z0-9_]+$/.test(name))
      throw new MigrationRefused(`Migration ${series}/${name} is not named 0001_like_this.`);
    const previous = last.get(series);
    if (previous !== undefined && name.slice(0, 4) <= previous.slice(0, 4)) {
      throw new MigrationRefused(`Migration ${series}/${name} does not come after ${previous}.`);
    }
    last.set(series, name);
  }
}

/** Of the text without its line endings' differences: a checkout on another system is not an edit. */
function checksumOf(sql: string): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n').trim()).digest('hex');
}
