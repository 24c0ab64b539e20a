export { Database, type DatabaseOptions } from './database.js';
export { DatabaseUnavailable, failureOf, isUnavailable, violatedUnique } from './database-errors.js';
export { EventFollower, HistoryDiverged, type EventFollowerOptions } from './event-follower.js';
export { eventStoreMigrations } from './event-store.migrations.js';
export { migrateWhenReachable, type MigrateWhenReachableOptions } from './migrate-when-reachable.js';
export {
  loadMigrations,
  migrate,
  MigrationRefused,
  type Migration,
  type MigrateOptions,
} from './migrations.js';
export { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
export { PooledClient } from './pooled-client.js';
export { PostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store.js';
export { openSessionClient, type SessionClient } from './session-client.js';
export { identifier, type SqlSession } from './sql-session.js';
