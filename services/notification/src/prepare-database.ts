import { migrateWhenReachable, type MigrateWhenReachableOptions } from '@portcullis/postgres';
import { notificationMigrations, SCHEMA } from './migrations.js';

export type PrepareOptions = Pick<MigrateWhenReachableOptions, 'url' | 'logger' | 'signal'>;

/** Brings the tables up to date; waits for the database. */
export async function prepareDatabase(options: PrepareOptions): Promise<void> {
  await migrateWhenReachable({ ...options, schema: SCHEMA, migrations: await notificationMigrations() });
}
