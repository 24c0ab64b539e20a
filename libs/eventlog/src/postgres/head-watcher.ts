import { Alarm } from '../alarm.js';
import { asEventLogError } from '../event-log-error.js';
import type { Head } from '../next-batch.js';
import type { Notifications } from './notifications.js';

export interface PartitionHead extends Head {
  readonly topicId: number;
  readonly partition: number;
}

interface Waiter {
  readonly hasMoved: () => boolean;
  readonly resolve: () => void;
}

/** Where the partitions that are read in this process end: one query for all of them, on notification and by poll. */
export class HeadWatcher {
  readonly #query: (topicIds: readonly number[]) => Promise<readonly PartitionHead[]>;
  readonly #pollMs: number;
  readonly #watches = new Set<{ topicIds: readonly number[]; onError: (error: unknown) => void }>();
  readonly #heads = new Map<string, Head>();
  readonly #waiters = new Set<Waiter>();
  readonly #alarm = new Alarm();
  readonly #notifications: Notifications;
  #unlisten: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(options: {
    query: (topicIds: readonly number[]) => Promise<readonly PartitionHead[]>;
    notifications: Notifications;
    pollMs: number;
  }) {
    this.#query = options.query;
    this.#pollMs = options.pollMs;
    this.#notifications = options.notifications;
  }

  /** Resolves when the heads of these topics are known; they are kept fresh until the returned function is called. */
  async watch(topicIds: readonly number[], onError: (error: unknown) => void): Promise<() => void> {
    const watch = { topicIds, onError };
    this.#watches.add(watch);
    const unwatch = () => {
      this.#watches.delete(watch);
      if (this.#watches.size === 0) this.#alarm.ring();
    };
    try {
      await this.refresh(topicIds);
    } catch (error) {
      unwatch();
      throw error;
    }
    this.#running ??= this.#run();
    return unwatch;
  }

  head(topicId: number, partition: number): Head {
    return this.#heads.get(`${topicId}/${partition}`)!;
  }

  async moved(topicId: number, partition: number, end: bigint, signal: AbortSignal): Promise<void> {
    const hasMoved = () => this.head(topicId, partition).end !== end;
    if (hasMoved() || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const waiter: Waiter = {
        hasMoved,
        resolve: () => {
          this.#waiters.delete(waiter);
          signal.removeEventListener('abort', waiter.resolve);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', waiter.resolve);
    });
  }

  async #run(): Promise<void> {
    this.#unlisten = this.#notifications.on('portcullis_log', (payload) => {
      if (payload === undefined || this.#topicIds().includes(Number(payload))) this.#alarm.ring();
    });
    while (this.#watches.size > 0) {
      await this.#alarm.wait(this.#pollMs);
      try {
        if (this.#watches.size > 0) await this.refresh(this.#topicIds());
      } catch (error) {
        for (const { onError } of this.#watches) onError(asEventLogError(error, 'see what was appended'));
      }
    }
    this.#unlisten();
    this.#running = undefined;
  }

  #topicIds(): number[] {
    return [...new Set([...this.#watches].flatMap(({ topicIds }) => topicIds))];
  }

  /** A reader came to know that the partition reaches at least to `end`. */
  saw(topicId: number, partition: number, end: bigint): void {
    const known = this.head(topicId, partition);
    if (end > known.end) this.#heads.set(`${topicId}/${partition}`, { start: known.start, end });
  }

  async refresh(topicIds: readonly number[]): Promise<void> {
    for (const { topicId, partition, start, end } of await this.#query(topicIds)) {
      const known = this.#heads.get(`${topicId}/${partition}`) ?? { start, end };
      // Two refreshes may overtake each other: a head never goes back.
      this.#heads.set(`${topicId}/${partition}`, {
        start: start > known.start ? start : known.start,
        end: end > known.end ? end : known.end,
      });
    }
    for (const waiter of [...this.#waiters]) if (waiter.hasMoved()) waiter.resolve();
  }
}
