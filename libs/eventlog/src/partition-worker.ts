import { BackOff, type BackOffOptions } from './back-off.js';
import { asEventLogError, EventLogError } from './event-log-error.js';
import type { Assignment, BatchHandler, LogBatch } from './event-log.js';

export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

/** The part of a log that one reader of one partition needs. */
export interface PartitionSource {
  /**
   * Waits until there are records at or after `from` and returns them; `undefined` once the signal aborts. Where
   * `from` is no longer held the source reports it and goes on with what is there.
   */
  next(from: bigint, limits: BatchLimits, signal: AbortSignal): Promise<LogBatch | undefined>;
  /** `false` when another reader has taken over: this one ends. */
  commit(offset: bigint): Promise<boolean>;
  /** Waits until this reader may start a batch (its lease is good), or the signal aborts. */
  ready?(signal: AbortSignal): Promise<void>;
}

export interface PartitionWorkerOptions {
  readonly assignment: Assignment;
  readonly source: PartitionSource;
  readonly limits: BatchLimits;
  readonly onAssigned?: ((assignment: Assignment) => Promise<void>) | undefined;
  readonly onBatch: BatchHandler;
  /** Must not throw. */
  readonly onError: (error: unknown) => void;
  readonly backOff?: BackOffOptions | undefined;
}

const COMMIT_ATTEMPTS_WHEN_STOPPING = 3;

/** Reads one partition: batch, handler, commit, next. A failed handler gets the same batch again after a back-off. */
export class PartitionWorker {
  readonly #options: PartitionWorkerOptions;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #abandoned = false;

  constructor(options: PartitionWorkerOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Resolves when the worker has ended, by `stop`, `abandon` or because its claim was taken over. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** Lets the handler in flight end, commits what it finished and ends. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  /** Ends without commits: the partition belongs to somebody else by now. */
  abandon(): void {
    this.#abandoned = true;
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    const { assignment, source, limits, onBatch } = this.#options;
    const { signal } = this.#abort;
    const backOff = new BackOff(this.#options.backOff);
    let position = assignment.offset;
    if (!(await this.#assigned(backOff))) return;
    while (!signal.aborted) {
      let batch: LogBatch | undefined;
      try {
        batch = await source.next(position, limits, signal);
      } catch (error) {
        this.#options.onError(asEventLogError(error, 'read'));
        await backOff.wait(signal);
        continue;
      }
      const last = batch?.records.at(-1);
      if (!batch || !last) continue;
      if (!(await this.#handled(batch, onBatch, backOff))) return;
      position = last.offset + 1n;
      if (!(await this.#committed(position))) return;
    }
  }

  async #assigned(backOff: BackOff): Promise<boolean> {
    const { assignment, onAssigned } = this.#options;
    while (!this.#abort.signal.aborted) {
      try {
        await onAssigned?.(assignment);
        backOff.reset();
        return true;
      } catch (error) {
        this.#options.onError(error);
        await backOff.wait(this.#abort.signal);
      }
    }
    return false;
  }

  async #handled(batch: LogBatch, onBatch: BatchHandler, backOff: BackOff): Promise<boolean> {
    const { signal } = this.#abort;
    for (;;) {
      await this.#options.source.ready?.(signal);
      if (signal.aborted) return false;
      try {
        await onBatch(batch);
        backOff.reset();
        return true;
      } catch (error) {
        this.#options.onError(error);
        await backOff.wait(signal);
      }
    }
  }

  /** The handler's work is done, so this tries on while the log is away: giving up would do the work twice. */
  async #committed(offset: bigint): Promise<boolean> {
    const { source, assignment } = this.#options;
    const backOff = new BackOff(this.#options.backOff);
    for (let attempt = 1; !this.#abandoned; attempt += 1) {
      try {
        if (await source.commit(offset)) return true;
        this.#options.onError(
          new EventLogError(
            'eventlog.fenced',
            `${assignment.topic}/${assignment.partition} was taken over; its last batch may be handled twice.`,
          ),
        );
        return false;
      } catch (error) {
        this.#options.onError(asEventLogError(error, 'commit'));
        if (this.#abort.signal.aborted && attempt >= COMMIT_ATTEMPTS_WHEN_STOPPING) return false;
        await backOff.wait();
      }
    }
    return false;
  }
}
