import type { EventStore, RecordedEvent } from '@portcullis/eventing';
import { Alarm, type EventLog, type NewLogRecord } from '@portcullis/eventlog';
import { openSessionClient, type SessionClient } from './session-client.js';
import { identifier } from './sql-session.js';

export interface OutboxRelayOptions {
  readonly store: Pick<EventStore, 'readAll' | 'subscribe'>;
  readonly log: Pick<EventLog, 'append'>;
  readonly url: string;
  readonly schema: string;
  /** Name of the checkpoint and of the lock. */
  readonly name: string;
  readonly topic: string;
  readonly batchSize?: number;
  /** How often a relay that is not the active one asks, and how long an idle one waits for a hint. */
  readonly pollMs?: number;
  readonly onError?: (error: unknown) => void;
}

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5_000;

/**
 * Publishes stored events to the log: the events table is the outbox, a checkpoint says how far the log has it. One
 * relay is active at a time, by an advisory lock on the connection that also writes the checkpoint. Delivery is at
 * least once and in order; a relay that dies between the log and its checkpoint leaves a few to come again, and a
 * relay whose connection was cut may still finish one append beside its successor.
 */
export class OutboxRelay {
  private readonly schema: string;
  private session: SessionClient | undefined;
  private stopped = false;
  private readonly alarm = new Alarm();
  private running: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;
  private failures = 0;
  private published: number | null = null;

  constructor(private readonly options: OutboxRelayOptions) {
    this.schema = identifier(options.schema);
  }

  /** Whether this process is the active relay, how far the log has it, and how often in a row it has failed. */
  get status(): { active: boolean; published: number | null; failures: number } {
    return { active: this.published !== null, published: this.published, failures: this.failures };
  }

  /** Starts relaying. */
  start(): void {
    if (this.running) return;
    this.unsubscribe = this.options.store.subscribe(() => this.alarm.ring());
    this.running = this.run();
  }

  /** Resolves when the append in flight has ended and its checkpoint is written. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe?.();
    this.alarm.ring();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.lead();
      } catch (error) {
        this.failures += 1;
        this.options.onError?.(error);
      }
      this.published = null;
      await this.session?.close();
      this.session = undefined;
      this.alarm.silence();
      if (!this.stopped) await this.alarm.wait(this.failures > 0 ? this.backOff() : this.pollMs);
    }
  }

  /** Returns when another relay is the active one, or this one shall stop; throws when the connection is lost. */
  private async lead(): Promise<void> {
    const session = await openSessionClient(this.options.url, `relay-${this.options.name}`);
    this.session = session;
    const lock = await session.client.query<{ locked: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked',
      [`portcullis.relay.${this.schema}.${this.options.name}`],
    );
    if (lock.rows[0]?.locked !== true) {
      this.failures = 0;
      return;
    }
    this.published = await this.checkpoint(session);
    let lost: unknown;
    void session.lost.then((error) => {
      lost = error ?? new Error('Connection lost.');
      this.alarm.ring();
    });
    while (!this.stopped) {
      if (lost !== undefined) throw lost;
      this.alarm.silence();
      let more: boolean;
      try {
        more = await this.publishNext(session, this.published);
        this.failures = 0;
      } catch (error) {
        if (lost !== undefined) throw error;
        this.failures += 1;
        this.options.onError?.(error);
        this.alarm.silence();
        if (!this.stopped) await this.alarm.wait(this.backOff());
        continue;
      }
      if (!more && !this.stopped) await this.alarm.wait(this.pollMs);
    }
  }

  private async checkpoint(session: SessionClient): Promise<number> {
    const { rows } = await session.client.query<{ position: string }>(
      `select position from ${this.schema}.relay_checkpoints where name = $1`,
      [this.options.name],
    );
    return Number(rows[0]?.position ?? 0);
  }

  /** Publishes one batch; true when there may be more. */
  private async publishNext(session: SessionClient, after: number): Promise<boolean> {
    const limit = this.options.batchSize ?? 500;
    const events = await this.options.store.readAll(after, limit);
    const last = events.at(-1);
    if (!last) return false;
    await this.options.log.append(events.map((event) => this.record(event)));
    await session.client.query(
      `insert into ${this.schema}.relay_checkpoints (name, position) values ($1, $2)
       on conflict (name) do update set position = excluded.position, updated_at = clock_timestamp()`,
      [this.options.name, last.globalPosition],
    );
    this.published = last.globalPosition;
    return events.length === limit;
  }

  private record({ globalPosition: _, ...envelope }: RecordedEvent): NewLogRecord {
    return {
      topic: this.options.topic,
      key: envelope.stream,
      type: envelope.type,
      value: new TextEncoder().encode(JSON.stringify(envelope)),
    };
  }

  private get pollMs(): number {
    return this.options.pollMs ?? 1_000;
  }

  private backOff(): number {
    return Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(this.failures - 1, 10));
  }
}
