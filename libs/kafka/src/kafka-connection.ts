import { BackOff } from '@portcullis/eventlog/adapter';
import type { Admin, Kafka, KafkaConfig, logLevel } from 'kafkajs';
import { openSocket } from './open-socket.js';
import { repairRequestQueue } from './repair-request-queue.js';

export interface KafkaConnectionOptions {
  /** `host:port` of some brokers; the others are found through them. Kafka 3.5 or newer. */
  readonly brokers: readonly string[];
  /** Shown in the brokers' logs and quotas. */
  readonly clientId: string;
  /** TLS and SASL as kafkajs takes them. */
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: KafkaConfig['sasl'];
  /** For proxies, and for tests that break the network. */
  readonly socketFactory?: KafkaConfig['socketFactory'];
  /** What kafkajs has to say; nothing is written anywhere by default. */
  readonly onLog?: (level: 'error' | 'warn' | 'info' | 'debug', message: string, details: object) => void;
}

/** Few and quick: callers of the log retry by themselves, and a consumer that gave up is replaced. */
export const RETRY = { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000 } as const;

/** The client, and an admin connection that is opened when it is needed and replaced after a failure. */
export class KafkaConnection {
  readonly #options: KafkaConnectionOptions;
  #kafka: Promise<Kafka> | undefined;
  #admin: Promise<Admin> | undefined;

  constructor(options: KafkaConnectionOptions) {
    this.#options = options;
  }

  /** Loads kafkajs with the first use, so that a deployment without Kafka never does. */
  kafka(): Promise<Kafka> {
    this.#kafka ??= this.#load();
    return this.#kafka;
  }

  /** `work` may run again: when a topic or a leader is so new that its brokers do not know each other's state yet. */
  async withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const backOff = new BackOff({ minMs: RETRY.initialRetryTime, maxMs: RETRY.maxRetryTime });
    for (let attempt = 0; ; attempt += 1) {
      this.#admin ??= this.#connectAdmin();
      const current = this.#admin;
      try {
        return await work(await current);
      } catch (error) {
        if (this.#admin === current) this.#admin = undefined;
        void current.then((admin) => admin.disconnect()).catch(() => undefined);
        if (!isPassing(error) || attempt === RETRY.retries) throw error;
        await backOff.wait();
      }
    }
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = undefined;
    await admin?.then((connected) => connected.disconnect()).catch(() => undefined);
  }

  async #connectAdmin(): Promise<Admin> {
    const admin = (await this.kafka()).admin({ retry: RETRY });
    await admin.connect();
    return admin;
  }

  async #load(): Promise<Kafka> {
    const { Kafka: Client, logLevel: levels } = await import('kafkajs');
    await repairRequestQueue();
    const { brokers, clientId, ssl, sasl, socketFactory = openSocket, onLog } = this.#options;
    return new Client({
      brokers: [...brokers],
      clientId,
      connectionTimeout: 3_000,
      requestTimeout: 10_000,
      retry: RETRY,
      ...(ssl === undefined ? {} : { ssl }),
      ...(sasl === undefined ? {} : { sasl }),
      socketFactory,
      logLevel: onLog ? levels.DEBUG : levels.NOTHING,
      logCreator: () => {
        const names: Partial<Record<logLevel, 'error' | 'warn' | 'info' | 'debug'>> = {
          [levels.ERROR]: 'error',
          [levels.WARN]: 'warn',
          [levels.INFO]: 'info',
          [levels.DEBUG]: 'debug',
        };
        return ({ level, log: { message, ...details } }) =>
          onLog?.(names[level] ?? 'debug', message, details);
      },
    });
  }
}

function isPassing(error: unknown): boolean {
  const { name, retriable } = error as { name?: string; retriable?: boolean };
  return name === 'KafkaJSProtocolError' && retriable === true;
}
