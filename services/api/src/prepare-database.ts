import { loadMigrations, migrateWhenReachable, type MigrateWhenReachableOptions } from '@portcullis/postgres';

export const SCHEMA = 'api';

export type PrepareOptions = Pick<MigrateWhenReachableOptions, 'url' | 'logger' | 'signal'>;

/** Brings the api's own tables up to date; waits for the database. */
export async function prepareDatabase(options: PrepareOptions): Promise<void> {
  const migrations = await loadMigrations('api', new URL('../migrations/', import.meta.url));
  await migrateWhenReachable({ ...options, schema: SCHEMA, migrations });
}
