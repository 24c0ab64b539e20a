import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouse } from '../click-house.js';
import { ClickHouseError } from '../click-house-error.js';
import {
  defineMigration,
  MigrationError,
  renderMigration,
  type Migration,
  type Topology,
} from './migration.js';

export interface MigrateOptions {
  readonly migrations: readonly Migration[];
  readonly topology: Topology;
  /** Tell what would run, change nothing. */
  readonly dryRun?: boolean;
  /** How long to wait for another process that migrates. Default 60 s. */
  readonly lockWaitMs?: number;
  readonly onApply?: (migration: Migration, sql: string) => void;
}

export interface MigrateResult {
  /** Names, in order: what ran, or with `dryRun` what would. */
  readonly applied: readonly string[];
  /** Applied ones this build does not know: a newer build was here. Expand-then-contract makes that safe. */
  readonly newer: readonly string[];
}

interface Applied {
  number: number;
  name: string;
  checksum: string;
}

const JOURNAL = defineMigration(
  0,
  'create_migrations',
  `CREATE TABLE IF NOT EXISTS migrations {{on_cluster}}
(
    number UInt32,
    name String,
    checksum String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{engine MergeTree()}}
ORDER BY number`,
);

/**
 * Brings the schema up to date. Refuses when an applied migration was edited or is gone from the middle.
 *
 * One process at a time: a table whose creation is the lock. A lock left by a process that died lapses after
 * `LOCK_LEASE_MS`. Should two get in all the same, statements are repeatable and the journal may name one twice.
 */
export async function migrate(clickHouse: ClickHouse, options: MigrateOptions): Promise<MigrateResult> {
  if (options.dryRun) return plan(await journal(clickHouse), options, async () => undefined);
  await clickHouse.command(renderMigration(JOURNAL, options.topology));
  return withLock(clickHouse, options, async () =>
    plan(await journal(clickHouse), options, async (migration, sql) => {
      await clickHouse.command(sql, { maxExecutionMs: 600_000 });
      await clickHouse.insertRows('migrations', [
        { number: migration.number, name: migration.name, checksum: migration.checksum },
      ]);
    }),
  );
}

async function plan(
  applied: readonly Applied[],
  options: MigrateOptions,
  apply: (migration: Migration, sql: string) => Promise<void>,
): Promise<MigrateResult> {
  const known = new Map(options.migrations.map((migration) => [migration.number, migration]));
  const newest = Math.max(0, ...options.migrations.map((migration) => migration.number));
  for (const row of applied) {
    const migration = known.get(row.number);
    if (migration && migration.checksum !== row.checksum) {
      throw new MigrationError(
        'migrations.edited',
        `${row.name} was applied with other content; add a new migration instead`,
      );
    }
    if (!migration && row.number <= newest)
      throw new MigrationError('migrations.missing', `${row.name} was applied and its file is gone`);
  }
  const done = new Set(applied.map((row) => row.number));
  const names: string[] = [];
  for (const migration of options.migrations) {
    if (done.has(migration.number)) continue;
    const sql = renderMigration(migration, options.topology);
    options.onApply?.(migration, sql);
    await apply(migration, sql);
    names.push(migration.name);
  }
  return { applied: names, newer: applied.filter((row) => row.number > newest).map((row) => row.name) };
}

async function journal(clickHouse: ClickHouse): Promise<Applied[]> {
  const exists = await clickHouse.rows(
    "SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'",
  );
  if (exists.rows.length === 0) return [];
  const { rows } = await clickHouse.rows<Applied>(
    'SELECT DISTINCT number, name, checksum FROM migrations ORDER BY number',
  );
  return rows;
}

/** Longer than any one statement may run. */
const LOCK_LEASE_MS = 15 * 60_000;
const LOCK_POLL_MS = 500;
const TABLE_EXISTS = 57;

async function withLock<Result>(
  clickHouse: ClickHouse,
  options: MigrateOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const owner = randomUUID();
  const giveUpAt = Date.now() + (options.lockWaitMs ?? 60_000);
  while (!(await tryLock(clickHouse, owner, options.topology))) {
    if (Date.now() >= giveUpAt) {
      throw new MigrationError(
        'migrations.locked',
        'another process has been migrating for too long; drop the table migrations_lock if none is',
      );
    }
    await sleep(LOCK_POLL_MS);
  }
  try {
    return await work();
  } finally {
    await unlock(clickHouse, owner, options.topology);
  }
}

/** The comment names the owner and the end of its lease: creating a table and its comment is one step. */
async function tryLock(clickHouse: ClickHouse, owner: string, topology: Topology): Promise<boolean> {
  const lease = `${owner} ${Date.now() + LOCK_LEASE_MS}`;
  const create = {
    template: `CREATE TABLE migrations_lock {{on_cluster}} (lock UInt8) ENGINE = Memory COMMENT '${lease}'`,
  };
  try {
    await clickHouse.command(renderMigration(create, topology));
    return true;
  } catch (error) {
    if (!(error instanceof ClickHouseError && error.serverCode === TABLE_EXISTS)) throw error;
  }
  const holder = await lockHolder(clickHouse);
  if (holder && holder.until < Date.now()) await unlock(clickHouse, holder.owner, topology);
  return false;
}

async function unlock(clickHouse: ClickHouse, owner: string, topology: Topology): Promise<void> {
  if ((await lockHolder(clickHouse))?.owner !== owner) return;
  await clickHouse.command(
    renderMigration({ template: 'DROP TABLE IF EXISTS migrations_lock {{on_cluster}} SYNC' }, topology),
  );
}

async function lockHolder(clickHouse: ClickHouse): Promise<{ owner: string; until: number } | undefined> {
  const { rows } = await clickHouse.rows<{ comment: string }>(
    "SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = 'migrations_lock'",
  );
  const [owner, until] = rows[0]?.comment.split(' ') ?? [];
  return owner === undefined ? undefined : { owner, until: Number(until) };
}
