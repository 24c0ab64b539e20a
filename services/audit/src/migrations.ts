import { fileURLToPath } from 'node:url';
import { loadMigrations, type Migration, type Topology } from '@portcullis/clickhouse';

/** The tables of this service, from `migrations/`. */
export function auditMigrations(): Migration[] {
  return loadMigrations(fileURLToPath(new URL('../migrations/', import.meta.url)));
}

export function topologyOf(cluster: string | undefined): Topology {
  return cluster === undefined ? { kind: 'single' } : { kind: 'replicated', cluster };
}
