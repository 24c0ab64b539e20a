import { PostgresEventLog, type EventLog } from '@portcullis/eventlog';

export interface EventLogSettings {
  /** `host:port` of each broker; none means the log in Postgres. */
  readonly kafkaBrokers: readonly string[];
  readonly postgresUrl: string;
  /** Who speaks to the log: shown by brokers and in `pg_stat_activity`. */
  readonly clientId: string;
}

/** The deployment's event log. It connects when it is first used. */
export function openEventLog({ kafkaBrokers, postgresUrl, clientId }: EventLogSettings): EventLog {
  if (kafkaBrokers.length > 0) throw new Error('eventlog.kafka_missing: the Kafka adapter is not part of this build');
  return new PostgresEventLog({ connectionString: postgresUrl, clientId });
}
