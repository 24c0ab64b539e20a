import { Alarm } from '@portcullis/eventlog';
import { openSessionClient, type SessionClient } from './session-client.js';

const RECONNECT_MS = 500;

/**
 * LISTEN on one channel over a connection of its own, opened with the first subscriber and opened again when it is
 * lost. Subscribers are told after each connect as well, because what happened in between was not heard.
 */
export class NotificationListener {
  private readonly listeners = new Set<() => void>();
  private session: SessionClient | undefined;
  private running: Promise<void> | undefined;
  private closed = false;
  private readonly alarm = new Alarm();

  constructor(
    private readonly url: string,
    private readonly channel: string,
  ) {}

  subscribe(listener: () => void): () => void {
    const own = () => listener();
    this.listeners.add(own);
    this.running ??= this.run();
    return () => this.listeners.delete(own);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.alarm.ring();
    await this.session?.close();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      try {
        this.session = await openSessionClient(this.url, `listen-${this.channel}`);
        if (this.closed) break;
        this.session.client.on('notification', () => this.tell());
        await this.session.client.query(`listen ${this.channel}`);
        this.tell();
        await this.session.lost;
      } catch {
        // Polling readers go on without hints.
      }
      await this.session?.close();
      if (!this.closed) await this.alarm.wait(RECONNECT_MS);
    }
    await this.session?.close();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
