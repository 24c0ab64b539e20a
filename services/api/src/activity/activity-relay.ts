import { TOPICS } from '@portcullis/contracts';
import { Alarm, type EventLog } from '@portcullis/eventlog';
import type { Database } from '@portcullis/postgres';

export interface ActivityRelayOptions {
  readonly database: Pick<Database, 'transaction'>;
  readonly log: Pick<EventLog, 'append'>;
  readonly pollMs?: number;
  readonly onError: (error: unknown) => void;
}

const BATCH = 200;
const POLL_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Publishes the outbox. Rows go once the log has them, so one may be published twice, under the same id. One process
 * publishes at a time, by a lock that ends with its transaction.
 */
export class ActivityRelay {
  /** Failures in a row. */
  failures = 0;
  #stopped = false;
  readonly #news = new Alarm();
  readonly #end = new Alarm();
  #running: Promise<void> | undefined;

  constructor(private readonly options: ActivityRelayOptions) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** There is something new. */
  hint(): void {
    this.#news.ring();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#news.ring();
    this.#end.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#news.silence();
      let more = false;
      try {
        more = (await this.publish()) === BATCH;
        this.failures = 0;
      } catch (error) {
        this.failures += 1;
        this.options.onError(error);
      }
      if (!more && !this.#stopped) await this.#pause();
    }
  }

  /** How many of the oldest were published. */
  publish(): Promise<number> {
    return this.options.database.transaction(async (session) => {
      const [lock] = await session.query<{ mine: boolean }>(
        `select pg_try_advisory_xact_lock(hashtextextended('portcullis.api.activity', 0)) as mine`,
      );
      if (lock?.mine !== true) return 0;
      const rows = await session.query<{ seq: string; event: { type: string; tenantId: string } }>(
        'select seq, event from api.activity_outbox order by seq limit $1',
        [BATCH],
      );
      if (rows.length === 0) return 0;
      await this.options.log.append(
        rows.map(({ event }) => ({
          topic: TOPICS.apiActivity.name,
          key: event.tenantId,
          type: event.type,
          value: new TextEncoder().encode(JSON.stringify(event)),
        })),
      );
      await session.query('delete from api.activity_outbox where seq = any($1::bigint[])', [
        rows.map(({ seq }) => seq),
      ]);
      return rows.length;
    });
  }

  #pause(): Promise<void> {
    const base = this.options.pollMs ?? POLL_MS;
    const ms = Math.min(LONGEST_PAUSE_MS, base * 2 ** Math.min(this.failures, 10));
    // What failed is not tried again sooner because there is more of it.
    return (this.failures > 0 ? this.#end : this.#news).wait(ms);
  }
}
