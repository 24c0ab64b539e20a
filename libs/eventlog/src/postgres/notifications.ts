import { Client, type ClientConfig } from 'pg';
import { BackOff } from '../back-off.js';

export type Channel = 'portcullis_log' | 'portcullis_log_groups';
const CHANNELS: readonly Channel[] = ['portcullis_log', 'portcullis_log_groups'];

/** `undefined`: something may have been missed, look at everything. */
type Listener = (payload: string | undefined) => void;

/**
 * One LISTEN connection for all readers of a client, opened with the first listener. Notifications only make things
 * quick: who waits for one polls as well.
 */
export class Notifications {
  readonly #config: ClientConfig;
  readonly #listeners = new Map<Channel, Set<Listener>>(CHANNELS.map((channel) => [channel, new Set()]));
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #disconnect: (() => void) | undefined;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  on(channel: Channel, listener: Listener): () => void {
    this.#listeners.get(channel)!.add(listener);
    if (!this.#closing.signal.aborted) this.#running ??= this.#run();
    return () => this.#listeners.get(channel)!.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#disconnect?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const backOff = new BackOff();
    while (!this.#closing.signal.aborted) {
      const connected = await this.#listenUntilDisconnected();
      if (connected) backOff.reset();
      await backOff.wait(this.#closing.signal);
    }
  }

  async #listenUntilDisconnected(): Promise<boolean> {
    let client: Client | undefined;
    try {
      client = new Client(this.#config);
      const ended = this.#ended(client);
      await client.connect();
      client.on('notification', ({ channel, payload }) => this.#tell(channel as Channel, payload));
      await client.query(CHANNELS.map((channel) => `LISTEN ${channel}`).join('; '));
      for (const channel of CHANNELS) this.#tell(channel, undefined);
      if (!this.#closing.signal.aborted) await ended;
      return true;
    } catch {
      // Tried again with back-off; readers poll meanwhile and report what keeps them from it.
      return false;
    } finally {
      await client?.end().catch(() => undefined);
    }
  }

  #ended(client: Client): Promise<void> {
    return new Promise((resolve) => {
      client.once('end', resolve);
      client.on('error', () => resolve());
      this.#disconnect = resolve;
    });
  }

  #tell(channel: Channel, payload: string | undefined): void {
    for (const listener of [...(this.#listeners.get(channel) ?? [])]) listener(payload);
  }
}
