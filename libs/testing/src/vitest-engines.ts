import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { TestProject } from 'vitest/node';

import './provided-context.js';
import { startClickHouse } from './start-clickhouse.js';
import { startPostgres } from './start-postgres.js';

/** Starts Postgres and ClickHouse once for a whole run; every test file then creates a database of its own in them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  buildEngines();
  const [postgres, clickhouse] = await Promise.all([
    startPostgres({ own: true }),
    startClickHouse({ own: true }),
  ]);
  project.provide('postgresUrl', postgres.url);
  project.provide('clickhouseUrl', clickhouse.url);
  return async () => {
    await Promise.all([postgres.stop(), clickhouse.stop()]);
  };
}

/** Engines are processes, so they run from `dist`, which `npm test` has built. */
function buildEngines(): void {
  if (process.env['PORTCULLIS_TEST_BUILT'] === 'true') return;
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  execFileSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-b', 'deploy/embedded/tsconfig.lib.json'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
}
