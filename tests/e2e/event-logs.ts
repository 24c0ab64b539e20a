import { KafkaUnavailable, startKafka, type TestKafka } from '@portcullis/testing';

/** A log that a deployment runs on: the embedded one in Postgres, or a Kafka of the test's own. */
export interface TestLog {
  readonly name: string;
  /** Why it cannot run here; its tests are skipped then. */
  readonly missing: string | null;
  readonly broker: TestKafka | undefined;
  /** What tells a deployment to use it. */
  readonly env: Record<string, string>;
}

/** Both logs. Where Kafka cannot run, it says so and is marked missing. `stop` ends the broker. */
export async function startTestLogs(): Promise<{ logs: readonly TestLog[]; stop(): Promise<void> }> {
  const kafka = await startKafka().catch((error: unknown) => {
    if (error instanceof KafkaUnavailable) return error;
    throw error;
  });
  const broker = kafka instanceof KafkaUnavailable ? undefined : kafka;
  if (kafka instanceof KafkaUnavailable) process.stderr.write(`SKIPPED: tests on Kafka: ${kafka.message}\n`);
  return {
    logs: [
      { name: 'the log in Postgres', missing: null, broker: undefined, env: {} },
      {
        name: 'the log in Kafka',
        missing: kafka instanceof KafkaUnavailable ? kafka.message : null,
        broker,
        env: broker ? { PORTCULLIS_KAFKA_BROKERS: broker.brokers.join(',') } : {},
      },
    ],
    stop: async () => broker?.stop(),
  };
}
