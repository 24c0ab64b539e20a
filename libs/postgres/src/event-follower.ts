import type { EventFeed, RecordedEvent } from '@portcullis/eventing';
import { Alarm } from '@portcullis/eventlog';

export interface EventFollowerOptions {
  readonly store: EventFeed;
  /** Last position already taken in; 0 for none. */
  readonly from?: number;
  readonly batchSize?: number;
  readonly pollMs?: number;
  /** Events in order, each once. Throwing means the same events again after `pollMs`. */
  readonly onEvents: (events: readonly RecordedEvent[]) => void | Promise<void>;
  /**
   * Everything committed before `asOf` (monotonic, `performance.now()`) has been given to `onEvents`. Without a call
   * of this there is no proof of freshness, whatever else happens.
   */
  readonly onCurrent?: (proof: { readonly position: number; readonly asOf: number }) => void;
  readonly onError?: (error: unknown) => void;
  /**
   * The store no longer holds what was read from it, and following has ended: whatever was made of those events is
   * wrong, and has to be made anew.
   */
  readonly onDiverged: (error: HistoryDiverged) => void;
}

/**
 * A store lost events that had been read: a standby took over before it had everything, or a backup was restored. Their
 * positions are given out again, to other events, which a reader would take for those it knows.
 */
export class HistoryDiverged extends Error {
  override readonly name = 'HistoryDiverged';
  readonly code = 'postgres.history_diverged';

  constructor(readonly position: number) {
    super(`The event store no longer holds the event that was at position ${position}.`);
  }
}

/** Follows an event store by global position: at once on a hint, else every `pollMs`. */
export class EventFollower {
  private position: number;
  /** Of the event at `position`, once one was read. */
  private lastId: string | null = null;
  private stopped = false;
  private readonly alarm = new Alarm();
  private running: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly options: EventFollowerOptions) {
    this.position = options.from ?? 0;
  }

  /** Starts following. */
  start(): void {
    if (this.running) return;
    this.unsubscribe = this.options.store.subscribe(() => this.hint());
    this.running = this.run();
  }

  /** Resolves when the handler in flight has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe?.();
    this.alarm.ring();
    await this.running;
  }

  /** Looks now instead of at the next poll. */
  hint(): void {
    this.alarm.ring();
  }

  private async run(): Promise<void> {
    const limit = this.options.batchSize ?? 500;
    while (!this.stopped) {
      this.alarm.silence();
      let more = false;
      try {
        const asOf = performance.now();
        const events = await this.options.store.readAll(this.position, limit);
        // After the reading, so that nothing read from elsewhere is taken in.
        await this.checkHistory();
        const last = events.at(-1);
        if (last) {
          await this.options.onEvents(events);
          this.position = last.globalPosition;
          this.lastId = last.id;
        }
        more = events.length === limit;
        if (!more) this.options.onCurrent?.({ position: this.position, asOf });
      } catch (error) {
        if (error instanceof HistoryDiverged) return this.options.onDiverged(error);
        this.alarm.silence();
        this.options.onError?.(error);
      }
      if (!more && !this.stopped) await this.alarm.wait(this.options.pollMs ?? 250);
    }
  }

  private async checkHistory(): Promise<void> {
    if (this.lastId === null) return;
    if ((await this.options.store.idAt(this.position)) !== this.lastId)
      throw new HistoryDiverged(this.position);
  }
}
