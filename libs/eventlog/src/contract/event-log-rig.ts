import { randomUUID } from 'node:crypto';
import type { EventLog, RunningReader, Subscription } from '../event-log.js';
import type { EventLogClient, EventLogHarness } from './event-log.contract.js';

/** The log under test, and what a test opened on it. */
export class EventLogRig {
  readonly #clients: EventLogClient[] = [];
  readonly #readers: RunningReader[] = [];

  #harness: EventLogHarness | undefined;
  #log: EventLog | undefined;

  constructor(private readonly startHarness: () => Promise<EventLogHarness>) {}

  async start(): Promise<void> {
    this.#harness = await this.startHarness();
    this.#log = (await this.connect()).log;
  }

  get log(): EventLog {
    if (this.#log === undefined) throw new Error('The log under test has not been started.');
    return this.#log;
  }

  /** A client that its test closes. */
  connect(): Promise<EventLogClient> {
    if (this.#harness === undefined) throw new Error('The log under test has not been started.');
    return this.#harness.open();
  }

  async open(): Promise<EventLogClient> {
    const client = await this.connect();
    this.#clients.push(client);
    return client;
  }

  async newTopic(partitions: number): Promise<string> {
    const name = `contract.t${randomUUID().slice(0, 8)}.v1`;
    await this.log.ensureTopics([{ name, partitions, retentionDays: 1 }]);
    return name;
  }

  async subscribe(
    on: EventLog,
    subscription: Partial<Subscription> & Pick<Subscription, 'group' | 'topics' | 'onBatch'>,
  ): Promise<RunningReader> {
    const reader = await on.subscribe({ from: 'beginning', ...subscription });
    this.stopLater(reader);
    return reader;
  }

  stopLater(reader: RunningReader): void {
    this.#readers.push(reader);
  }

  async closeOpened(): Promise<void> {
    await Promise.all(this.#readers.splice(0).map((reader) => reader.stop()));
    await Promise.all(this.#clients.splice(0).map((client) => client.log.close()));
  }

  async stop(): Promise<void> {
    await this.#log?.close();
    await this.#harness?.stop();
  }
}
