import { setTimeout as sleep } from 'node:timers/promises';
import { isUnavailable, loadMigrations, migrate } from '@portcullis/postgres';

export const SCHEMA = 'api';

export interface PrepareOptions {
  readonly url: string;
  readonly logger: { info(details: object, message: string): void; warn(details: object, message: string): void };
  readonly signal: AbortSignal;
}

const RETRY_MS = 500;

/** Brings the api's own tables up to date. Waits for a database that cannot be reached for as long as it takes. */
export async function prepareDatabase({ url, logger, signal }: PrepareOptions): Promise<void> {
  const migrations = await loadMigrations('api', new URL('../migrations/', import.meta.url));
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
