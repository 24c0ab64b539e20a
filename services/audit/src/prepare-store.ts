import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseError, migrate, type ClickHouse, type Topology } from '@portcullis/clickhouse';
import type { ServiceContext } from '@portcullis/service';
import type { AuditTables } from './ingestion/audit-tables.js';
import { auditMigrations } from './migrations.js';

const RETRY_MS = 1_000;

/**
 * Brings the tables up to date. Waits for a store that cannot be reached for as long as it takes; refuses a schema that
 * is not the contract's, since every row would be refused later.
 */
export async function prepareStore(parts: {
  readonly clickHouse: ClickHouse;
  readonly tables: AuditTables;
  readonly topology: Topology;
  readonly logger: ServiceContext<unknown>['logger'];
  readonly signal: AbortSignal;
}): Promise<void> {
  const { clickHouse, tables, topology, logger, signal } = parts;
  for (;;) {
    signal.throwIfAborted();
    try {
      const onApply = (migration: { name: string }) =>
        logger.info({ migration: migration.name }, 'migrating');
      const { newer } = await migrate(clickHouse, { migrations: auditMigrations(), topology, onApply });
      if (newer.length > 0) logger.warn({ newer }, 'the tables are of a newer version');
      break;
    } catch (error) {
      if (!(error instanceof ClickHouseError && error.kind === 'transient')) throw error;
      logger.warn({ code: error.code }, 'the audit store is not ready');
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
  const differences = await tables.schemaDifferences();
  if (differences.length > 0) {
    throw new Error(`audit_events differs from the contract in ${differences.join(', ')}`);
  }
}
