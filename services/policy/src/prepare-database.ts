import {
  eventStoreMigrations,
  loadMigrations,
  migrateWhenReachable,
  type MigrateWhenReachableOptions,
  type SqlSession,
} from '@portcullis/postgres';

export const SCHEMA = 'policy';

export type PrepareOptions = Pick<MigrateWhenReachableOptions, 'url' | 'logger' | 'signal'>;

/** Brings the tables up to date; waits for the database. */
export async function prepareDatabase(options: PrepareOptions): Promise<void> {
  const own = await loadMigrations('policy', new URL('../migrations/', import.meta.url));
  const migrations = [...eventStoreMigrations(SCHEMA), ...own];
  await migrateWhenReachable({ ...options, schema: SCHEMA, migrations });
}

/** Refuses a master key other than the one this database was first used with: nothing in it would open. */
export async function checkMasterKey(database: SqlSession, keyId: string): Promise<void> {
  await database.query('insert into policy.master_key (key_id) values ($1) on conflict do nothing', [keyId]);
  const [row] = await database.query<{ key_id: string }>('select key_id from policy.master_key');
  if (row?.key_id !== keyId) {
    throw new Error('PORTCULLIS_MASTER_KEY is not the key this database was set up with');
  }
}
