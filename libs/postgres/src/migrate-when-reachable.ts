import { setTimeout as sleep } from 'node:timers/promises';
import { isUnavailable } from './database-errors.js';
import { migrate, type MigrateOptions } from './migrations.js';

export interface MigrateWhenReachableOptions extends MigrateOptions {
  readonly logger: {
    info(details: object, message: string): void;
    warn(details: object, message: string): void;
  };
  /** Ends the waiting, by rejecting with its reason. */
  readonly signal: AbortSignal;
}

const RETRY_MS = 500;

/** Brings a schema up to date. Waits for a database that cannot be reached for as long as it takes. */
export async function migrateWhenReachable({
  logger,
  signal,
  ...options
}: MigrateWhenReachableOptions): Promise<void> {
  for (let told = false; ;) {
    signal.throwIfAborted();
    try {
      const { applied } = await migrate(options);
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
