import type { Message, Producer } from 'kafkajs';
import { asEventLogError, EventLogError, partitionOf } from '@portcullis/eventlog/adapter';
import type { NewLogRecord } from '@portcullis/eventlog';
import { type KafkaConnection, RETRY } from './kafka-connection.js';

export interface KafkaAppenderOptions {
  readonly connection: KafkaConnection;
  readonly partitionsOf: (topic: string) => number;
  /** A write that is not acknowledged by then has failed. */
  readonly timeoutMs: number;
}

interface OpenProducer {
  readonly producer: Producer;
  abandoned: boolean;
}

/**
 * Writes with an idempotent producer, one request at a time.
 *
 * A producer is thrown away after every failed write. Its sequence numbers are then in doubt: kafkajs takes them back,
 * and were the failed request stored after all, the broker would take the *next* records, sent under the same
 * numbers, for a repetition and drop them while acknowledging. A new producer has a new id, so what is written again
 * is stored again: twice at worst, never lost. The same goes for OUT_OF_ORDER_SEQUENCE_NUMBER and UNKNOWN_PRODUCER_ID.
 */
export class KafkaAppender {
  readonly #options: KafkaAppenderOptions;
  #open: OpenProducer | undefined;

  constructor(options: KafkaAppenderOptions) {
    this.#options = options;
  }

  async write(records: readonly NewLogRecord[]): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new EventLogError('eventlog.unavailable', 'Kafka did not acknowledge the records in time.'));
      }, this.#options.timeoutMs);
    });
    const sent = this.#send(records);
    try {
      await Promise.race([sent, timeout]);
    } catch (error) {
      sent.catch(() => undefined);
      this.#discard();
      throw asEventLogError(error, 'append');
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.producer.disconnect().catch(() => undefined);
  }

  async #send(records: readonly NewLogRecord[]): Promise<void> {
    const open = this.#open ?? (await this.#connect());
    if (open.abandoned)
      throw new EventLogError('eventlog.unavailable', 'Kafka did not accept a connection in time.');
    const byTopic = new Map<string, Message[]>();
    for (const { topic, key, type, value } of records) {
      let messages = byTopic.get(topic);
      if (!messages) byTopic.set(topic, (messages = []));
      messages.push({
        partition: partitionOf(key, this.#options.partitionsOf(topic)),
        key: Buffer.from(key, 'utf8'),
        value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
        headers: { type },
      });
    }
    await open.producer.sendBatch({
      acks: -1,
      timeout: 10_000,
      topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })),
    });
  }

  async #connect(): Promise<OpenProducer> {
    const kafka = await this.#options.connection.kafka();
    const open: OpenProducer = {
      abandoned: false,
      producer: kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        retry: RETRY,
        // Asked for each message in each attempt: what keeps an abandoned producer from trying on in the background.
        createPartitioner:
          () =>
          ({ message }) => {
            if (open.abandoned)
              throw Object.assign(new Error('The producer was abandoned.'), { retriable: false });
            return message.partition!;
          },
      }),
    };
    this.#open = open;
    await open.producer.connect();
    return open;
  }

  #discard(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    open.abandoned = true;
    void open.producer.disconnect().catch(() => undefined);
  }
}
