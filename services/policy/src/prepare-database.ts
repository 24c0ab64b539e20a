import { setTimeout as sleep } from 'node:timers/promises';
import { eventStoreMigrations, isUnavailable, loadMigrations, migrate, type SqlSession } from '@portcullis/postgres';

export const SCHEMA = 'policy';

export interface PrepareOptions {
  readonly url: string;
  readonly logger: { info(details: object, message: string): void; warn(details: object, message: string): void };
  readonly signal: AbortSignal;
}

const RETRY_MS = 500;

/** Brings the tables up to date. Waits for a database that cannot be reached for as long as it takes. */
export async function prepareDatabase({ url, logger, signal }: PrepareOptions): Promise<void> {
  const migrations = [
    ...eventStoreMigrations(SCHEMA),
    ...(await loadMigrations('policy', new URL('../migrations/', import.meta.url))),
  ];
  for (let told = false; ; ) {
    signal.throwIfAborted();
    try {
      const { applied } = await migrate({ url, schema: SCHEMA, migrations });
      if (applied.length > 0) logger.info({ applied }, 'migrated');
      return;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      if (!told) logger.warn({ err: error }, 'waiting for Postgres');
      told = true;
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}

/** Refuses a master key other than the one this database was first used with: nothing in it would open. */
export async function checkMasterKey(database: SqlSession, keyId: string): Promise<void> {
  await database.query('insert into policy.master_key (key_id) values ($1) on conflict do nothing', [keyId]);
  const [row] = await database.query<{ key_id: string }>('select key_id from policy.master_key');
  if (row?.key_id !== keyId) {
    throw new Error('PORTCULLIS_MASTER_KEY is not the key this database was set up with');
  }
}
