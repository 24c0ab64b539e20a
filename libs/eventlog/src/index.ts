export type {
  Assignment,
  BatchHandler,
  EventLog,
  LogBatch,
  LogRecord,
  LogTopic,
  NewLogRecord,
  PartitionPosition,
  RunningReader,
  Subscription,
  TailOptions,
} from './event-log.js';
export { Alarm } from './alarm.js';
export { EventLogError, type EventLogErrorCode } from './event-log-error.js';
export { DEAD_LETTER_TYPE, deadLetter, type DeadLetter } from './dead-letter.js';
export { partitionOf } from './partition-of.js';
export { InMemoryEventLog, type InMemoryEventLogOptions } from './memory/in-memory-event-log.js';
export { InMemoryLog } from './memory/in-memory-log.js';
export { PostgresEventLog, type PostgresEventLogOptions } from './postgres/postgres-event-log.js';
