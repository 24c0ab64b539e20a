import { PostgresEventLog } from '@portcullis/eventlog';
import { describe, expect, it } from 'vitest';
import { KafkaEventLog } from './kafka-event-log.js';
import { openEventLog } from './open-event-log.js';

const postgresUrl = 'postgres://user:password@127.0.0.1:1/database';

describe('openEventLog', () => {
  it('opens Kafka when there are brokers, else Postgres', () => {
    expect(openEventLog({ kafkaBrokers: ['127.0.0.1:1'], postgresUrl, clientId: 'test' })).toBeInstanceOf(
      KafkaEventLog,
    );
    expect(openEventLog({ kafkaBrokers: [], postgresUrl, clientId: 'test' })).toBeInstanceOf(
      PostgresEventLog,
    );
    expect(openEventLog({ postgresUrl, clientId: 'test' })).toBeInstanceOf(PostgresEventLog);
  });

  it('needs one of them', () => {
    expect(() => openEventLog({ clientId: 'test' })).toThrow('needs Kafka brokers or a Postgres URL');
  });

  it.each([
    ['Kafka', { kafkaBrokers: ['127.0.0.1:1'] }],
    ['Postgres', { postgresUrl }],
  ])('says that %s cannot be reached', async (_, options) => {
    const log = openEventLog({ ...options, clientId: 'test' });
    await expect(log.ensureTopics([{ name: 't', partitions: 1, retentionDays: 1 }])).rejects.toMatchObject({
      code: 'eventlog.unavailable',
    });
    await log.close();
  });
});
