import './provided-context.js';

export { freePort } from '@portcullis/embedded';
export { fixedClock, type FixedClock } from './fixed-clock.js';
export { uuidSequence } from './uuid-sequence.js';
export {
  buildService,
  ServiceProcess,
  type Answered,
  type Asked,
  type ServiceProcessOptions,
} from './service-process.js';
export { until, type UntilOptions } from './until.js';
export { startPostgres, type EngineChoice, type TestPostgres } from './start-postgres.js';
export { startClickHouse, type TestClickHouse } from './start-clickhouse.js';
export { startKafka, type TestKafka } from './kafka/start-kafka.js';
export { KafkaUnavailable } from './kafka/kafka-class-path.js';
export { throwawayFolder, type ThrowawayFolder } from './throwaway-folder.js';
export { generateAuditRows, type AuditRowsOptions } from './audit-rows.js';
