import { ClickHouse, clickHouseConfig, migrate } from '@portcullis/clickhouse';
import { loadConfig } from '@portcullis/service';
import { auditMigrations, topologyOf } from './migrations.js';

/** `node dist/migrate.js [--dry-run]`: what the service does at start, by hand. */
const dryRun = process.argv.includes('--dry-run');
const config = loadConfig([clickHouseConfig], process.env);
const clickHouse = new ClickHouse({ url: config.clickHouseUrl, application: 'portcullis-audit-migrate' });
try {
  const { applied, newer } = await migrate(clickHouse, {
    migrations: auditMigrations(),
    topology: topologyOf(config.clickHouseCluster),
    dryRun,
    onApply: (migration, sql) => process.stdout.write(`-- ${migration.name}\n${sql};\n\n`),
  });
  process.stdout.write(
    `-- ${dryRun ? 'would apply' : 'applied'} ${applied.length}, newer than this build: ${newer.length}\n`,
  );
} finally {
  await clickHouse.close();
}
