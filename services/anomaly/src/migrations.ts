import { loadMigrations, type Migration } from '@portcullis/postgres';

/** Schema of this service's tables. */
export const SCHEMA = 'anomaly';

export function anomalyMigrations(): Promise<Migration[]> {
  return loadMigrations('anomaly', new URL('../migrations/', import.meta.url));
}
