import { randomInt } from 'node:crypto';
import { openSessionClient, type SessionClient } from '@portcullis/postgres';

/** First key of the advisory locks, which all of a database share: "send". */
export const SENDER_LOCK_CLASS = 0x73656e64;
const LARGEST_INTEGER = 2 ** 31;

/**
 * Shows the other senders that this process lives, by an advisory lock on a connection of its own: Postgres releases it
 * as soon as the process is gone, so that what it had in hand need not wait until its claims run out. A process whose
 * connection is lost, or that is behind a pooler which shares connections, counts as gone although it may be sending:
 * a notification then goes out twice, under one id.
 */
export class SenderPresence {
  #held: { readonly number: number; readonly session: SessionClient } | undefined;

  constructor(private readonly url: string) {}

  /** What claims are made under; null while nothing shows that this process lives. */
  get number(): number | null {
    return this.#held?.number ?? null;
  }

  /** Takes the lock unless it is held. */
  async show(): Promise<void> {
    if (this.#held !== undefined) return;
    const session = await openSessionClient(this.url, 'notification-sender', { query_timeout: 5_000 });
    const number = randomInt(1, LARGEST_INTEGER);
    try {
      const { rows } = await session.client.query<{ held: boolean }>(
        'select pg_try_advisory_lock($1, $2) as held',
        [SENDER_LOCK_CLASS, number],
      );
      if (rows[0]?.held !== true) throw new Error('another sender has this number');
    } catch (error) {
      await session.close();
      throw error;
    }
    const held = { number, session };
    this.#held = held;
    void session.lost.then(() => {
      if (this.#held === held) this.#held = undefined;
    });
  }

  async end(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.session.close();
  }
}
