export type {
  Assignment, BatchHandler, EventLog, LogBatch, LogRecord, LogTopic, NewLogRecord, PartitionPosition, RunningReader, Subscription, TailOptions,
} from './event-log.js';
