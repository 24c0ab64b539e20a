import { EventLogError, MAX_DEAD_LETTER_BYTES } from '@portcullis/eventlog/adapter';
import type { LogTopic } from '@portcullis/eventlog';
import type { Admin } from 'kafkajs';
import type { KafkaConnection } from './kafka-connection.js';

const DAY_MS = 86_400_000;
const TOPIC_RESOURCE = 2;

/** Most bytes of values in one request, and so in one record batch of a partition. */
export const MAX_REQUEST_BYTES = 2 * 1024 * 1024;
/** Keys, types and framing of the records of a request come on top. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

if (MAX_REQUEST_BYTES < MAX_DEAD_LETTER_BYTES) throw new Error('A request must hold any single record.');

/** The topics as the brokers have them; partition counts are fixed for good and therefore remembered. */
export class KafkaTopics {
  readonly #partitions = new Map<string, number>();

  constructor(
    private readonly connection: KafkaConnection,
    private readonly replicationFactor: number | undefined,
  ) {}

  partitionsOf(topic: string): number {
    return this.#partitions.get(topic)!;
  }

  async ensure(topics: readonly LogTopic[]): Promise<void> {
    await this.connection.withAdmin(async (admin) => {
      const existing = new Set(await admin.listTopics());
      const missing = topics.filter((topic) => !existing.has(topic.name));
      if (missing.length > 0) {
        const replicas =
          this.replicationFactor ?? Math.min(3, (await admin.describeCluster()).brokers.length);
        for (const topic of missing) await createTopic(admin, topic, replicas);
      }
      const partitions = await partitionCounts(
        admin,
        topics.map(({ name }) => name),
      );
      for (const topic of topics) {
        const count = partitions.get(topic.name);
        if (count !== topic.partitions) {
          throw new EventLogError(
            'eventlog.partition_count',
            `Topic ${topic.name} has ${count ?? 0} partitions, not ${topic.partitions}.`,
          );
        }
        this.#partitions.set(topic.name, count);
      }
      await checkConfiguration(admin, topics);
    });
  }

  /** Refuses a topic that does not exist; never creates it, whatever the brokers would do by themselves. */
  async know(topics: readonly string[]): Promise<void> {
    const unknown = topics.filter((topic) => !this.#partitions.has(topic));
    if (unknown.length === 0) return;
    await this.connection.withAdmin(async (admin) => {
      const existing = new Set(await admin.listTopics());
      const missing = unknown.find((topic) => !existing.has(topic));
      if (missing !== undefined)
        throw new EventLogError('eventlog.unknown_topic', `There is no topic ${missing}.`);
      for (const [topic, count] of await partitionCounts(admin, unknown)) this.#partitions.set(topic, count);
    });
  }
}

async function createTopic(
  admin: Admin,
  { name, partitions, retentionDays }: LogTopic,
  replicas: number,
): Promise<void> {
  // Answers false when somebody else was faster.
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      {
        topic: name,
        numPartitions: partitions,
        replicationFactor: replicas,
        configEntries: [
          { name: 'cleanup.policy', value: 'delete' },
          { name: 'retention.ms', value: String(retentionDays * DAY_MS) },
          { name: 'max.message.bytes', value: String(MAX_MESSAGE_BYTES) },
          { name: 'message.timestamp.type', value: 'LogAppendTime' },
          { name: 'min.insync.replicas', value: replicas >= 3 ? '2' : '1' },
        ],
      },
    ],
  });
}

async function partitionCounts(admin: Admin, topics: string[]): Promise<Map<string, number>> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics });
  return new Map(found.map(({ name, partitions }) => [name, partitions.length]));
}

/** Topics that an operator has made must not lose, thin out or refuse what the log promises to keep. */
async function checkConfiguration(admin: Admin, topics: readonly LogTopic[]): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ name }) => ({
      type: TOPIC_RESOURCE,
      name,
      configNames: ['cleanup.policy', 'retention.ms', 'max.message.bytes'],
    })),
  });
  for (const { resourceName, configEntries } of resources) {
    const topic = topics.find(({ name }) => name === resourceName)!;
    const value = (name: string) =>
      configEntries.find((entry) => entry.configName === name)?.configValue ?? '';
    const refuse = (name: string, wanted: string) => {
      throw new EventLogError(
        'eventlog.topic_config',
        `Topic ${topic.name} has ${name}=${value(name)}; it must be ${wanted}.`,
      );
    };
    const needed = topic.retentionDays * DAY_MS;
    const retention = Number(value('retention.ms'));
    if (value('cleanup.policy') !== 'delete') refuse('cleanup.policy', 'delete');
    if (retention !== -1 && retention < needed) refuse('retention.ms', `at least ${needed}, or -1`);
    if (Number(value('max.message.bytes')) < MAX_MESSAGE_BYTES) {
      refuse('max.message.bytes', `at least ${MAX_MESSAGE_BYTES}`);
    }
  }
}
