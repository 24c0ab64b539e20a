export {
  ClickHouse,
  INSERT_LIMITS,
  type ClickHouseOptions,
  type InsertOptions,
  type QueryOptions,
  type QueryStatistics,
  type Rows,
  type Settings,
  type StreamFormat,
} from './click-house.js';
export { ClickHouseError, type ClickHouseErrorCode, type FailureKind } from './click-house-error.js';
export { clickHouseConfig } from './click-house.config.js';
export { migrate, type MigrateOptions, type MigrateResult } from './migrations/migrate.js';
export {
  loadMigrations,
  MigrationError,
  renderMigration,
  type Migration,
  type Topology,
} from './migrations/migration.js';
