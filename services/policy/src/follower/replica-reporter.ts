import type { ConnectedGateway, ReplicaStore } from './replica-store.js';

/** A report at least this often says that the replica lives. */
const REPORT_MS = 1_000;

export interface ReplicaReporterOptions {
  readonly replica: string;
  readonly store: ReplicaStore;
  readonly position: () => number;
  readonly gateways: () => readonly ConnectedGateway[];
  /** A replica that does not know everything must not vouch for its position. */
  readonly fresh: () => boolean;
  readonly onError?: (error: unknown) => void;
}

/**
 * Tells the other replicas' writers how far this one is: soon after it moved, and every second. One report is under way
 * at a time; what changes meanwhile is in the next.
 */
export class ReplicaReporter {
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(private readonly options: ReplicaReporterOptions) {}

  start(): void {
    this.#timer ??= setInterval(() => this.changed(), REPORT_MS);
    this.changed();
  }

  /** The position or a gateway's confirmation moved. */
  changed(): void {
    if (this.#stopped) return;
    if (this.#sending) {
      this.#again = true;
      return;
    }
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.changed();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#sending;
    try {
      await this.options.store.remove(this.options.replica);
    } catch (error) {
      this.options.onError?.(error);
    }
  }

  async #send(): Promise<void> {
    const { replica, store, position, gateways, fresh, onError } = this.options;
    if (!fresh()) return;
    try {
      await store.report({ replica, position: position(), gateways: gateways() });
    } catch (error) {
      onError?.(error);
    }
  }
}
