/** What adapters of the port share; services have no use for it. */
export { AppendQueue, type AppendQueueOptions } from './append-queue.js';
export { BackOff, type BackOffOptions, pause } from './back-off.js';
export { asEventLogError, EventLogError } from './event-log-error.js';
export { OpenReaders } from './open-readers.js';
export { partitionOf } from './partition-of.js';
export type { BatchLimits } from './partition-worker.js';
export { batchLimits, errorReporter, tailStart } from './reader-options.js';
export { checkGroup, MAX_DEAD_LETTER_BYTES } from './record-limits.js';
