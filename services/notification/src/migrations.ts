import { eventStoreMigrations, loadMigrations, type Migration } from '@portcullis/postgres';

/** Schema of this service's tables. */
export const SCHEMA = 'notification';

/** One series for each part, so that a part numbers its own steps. */
const SERIES = ['alerts', 'delivery'] as const;

export async function notificationMigrations(): Promise<Migration[]> {
  const series = await Promise.all(
    SERIES.map((name) => loadMigrations(name, new URL(`../migrations/${name}/`, import.meta.url))),
  );
  return [...eventStoreMigrations(SCHEMA), ...series.flat()];
}
