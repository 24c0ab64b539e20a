import type { EventStore, RecordedEvent } from '@portcullis/eventing';

export interface EventFollowerOptions {
  readonly store: Pick<EventStore, 'readAll' | 'subscribe'>;
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
}

/** Follows an event store by global position: at once on a hint, else every `pollMs`. */
export class EventFollower {
  private position: number;
  private stopped = false;
  private hinted = false;
  private wake: (() => void) | undefined;
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
    this.wake?.();
    await this.running;
  }

  /** Looks now instead of at the next poll. */
  hint(): void {
    this.hinted = true;
    this.wake?.();
  }

  private async run(): Promise<void> {
    const limit = this.options.batchSize ?? 500;
    while (!this.stopped) {
      this.hinted = false;
      let more = false;
      try {
        const asOf = performance.now();
        const events = await this.options.store.readAll(this.position, limit);
        const last = events.at(-1);
        if (last) {
          await this.options.onEvents(events);
          this.position = last.globalPosition;
        }
        more = events.length === limit;
        if (!more) this.options.onCurrent?.({ position: this.position, asOf });
      } catch (error) {
        this.hinted = false;
        this.options.onError?.(error);
      }
      if (!more) await this.idle();
    }
  }

  private idle(): Promise<void> {
    if (this.hinted || this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.options.pollMs ?? 250);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
