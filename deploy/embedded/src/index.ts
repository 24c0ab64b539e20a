export { processStat } from '../prepare/process-stat.mjs';
export { EngineError } from './engine-error.js';
export { freePort } from './process/free-port.js';
export { killNow } from './process/kill-now.js';
export { exitOf, stopChild, type Exit } from './process/exit-of.js';
export { ENGINE_STOP_ORDER, spawnKept, type KeptOptions } from './process/spawn-kept.js';
export {
  startPostgresEngine,
  type EmbeddedPostgres,
  type PostgresOptions,
} from './postgres/start-postgres.js';
export {
  startClickHouseEngine,
  type ClickHouseOptions,
  type EmbeddedClickHouse,
} from './clickhouse/start-clickhouse.js';
export { startDeployment, type Deployment, type DeploymentOptions } from './supervisor/start-deployment.js';
export type { Bootstrap } from './supervisor/bootstrap.js';
export { SERVICES, type ServiceRow, type ServiceSurroundings } from './supervisor/service-table.js';
