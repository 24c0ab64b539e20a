import { type EventLog, PostgresEventLog } from '@portcullis/eventlog';
import { KafkaEventLog } from './kafka-event-log.js';

export interface OpenEventLogOptions {
  /** `host:port` of some brokers. Empty or absent: the log is kept in Postgres. */
  readonly kafkaBrokers?: readonly string[];
  readonly postgresUrl?: string;
  /** The service's name, for the engine's own lists of clients. */
  readonly clientId: string;
}

/** The log a deployment has configured. Opens no connection yet; call `ensureTopics` next. */
export function openEventLog({ kafkaBrokers = [], postgresUrl, clientId }: OpenEventLogOptions): EventLog {
  if (kafkaBrokers.length > 0) return new KafkaEventLog({ brokers: kafkaBrokers, clientId });
  if (postgresUrl === undefined) throw new Error('The event log needs Kafka brokers or a Postgres URL.');
  return new PostgresEventLog({ connectionString: postgresUrl, clientId });
}
