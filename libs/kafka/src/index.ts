export { KafkaEventLog, type KafkaEventLogOptions } from './kafka-event-log.js';
export { openEventLog, type OpenEventLogOptions } from './open-event-log.js';
