import type { EventLog, LogBatch } from '@portcullis/eventlog';

export interface PartitionProgress {
  /** Next offset to read; `undefined` until the group has read here. */
  readonly position: bigint | undefined;
  readonly end: bigint;
  /** Records the group has still to handle, its members in other processes included. */
  readonly lag: bigint;
  /** When the handler began to fail on the records at `position`; `undefined` while it does not. */
  readonly failingSince: number | undefined;
}

interface Mutable {
  position: bigint | undefined;
  start: bigint;
  end: bigint;
  failingSince: number | undefined;
}

const REFRESH_MS = 5_000;

/** How far a group has come, kept in memory so that a health page or a scrape asks nobody. */
export class LogProgress {
  readonly #partitions = new Map<string, Mutable>();
  #timer: NodeJS.Timeout | undefined;
  #lastError: { at: number; error: unknown } | undefined;
  #unreachable: string | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly group: string,
  ) {}

  get lastError(): { readonly at: number; readonly error: unknown } | undefined {
    return this.#lastError;
  }

  start(topics: readonly string[]): void {
    const refresh = () => {
      void this.#refresh(topics).then(() => {
        if (this.#timer !== undefined) this.#timer = setTimeout(refresh, REFRESH_MS).unref();
      });
    };
    this.#timer = setTimeout(refresh, 0).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  batchHandled({ topic, partition, records, endOffset }: LogBatch): void {
    const progress = this.#of(topic, partition);
    progress.position = records.at(-1)!.offset + 1n;
    if (endOffset > progress.end) progress.end = endOffset;
    progress.failingSince = undefined;
  }

  batchFailed(topic: string, partition: number): void {
    this.#of(topic, partition).failingSince ??= Date.now();
  }

  failed(error: unknown): void {
    this.#lastError = { at: Date.now(), error };
  }

  partitions(): ReadonlyMap<string, PartitionProgress> {
    return new Map(
      [...this.#partitions].map(([name, { position, start, end, failingSince }]) => {
        const from = position ?? start;
        return [name, { position, end, lag: end > from ? end - from : 0n, failingSince }];
      }),
    );
  }

  check(): { ok: boolean; detail?: string } {
    if (this.#unreachable !== undefined) return { ok: false, detail: this.#unreachable };
    const partitions = [...this.partitions()];
    const failing = partitions.filter(([, { failingSince }]) => failingSince !== undefined);
    const lag = partitions.reduce((sum, [, progress]) => sum + progress.lag, 0n);
    if (failing.length === 0) return { ok: true, detail: `lag ${lag}` };
    const names = failing.map(([name]) => name).join(', ');
    return { ok: false, detail: `handlers fail on ${names}; lag ${lag}` };
  }

  async #refresh(topics: readonly string[]): Promise<void> {
    try {
      for (const topic of topics) {
        const committed = await this.log.committed(this.group, topic);
        for (const { partition, start, end } of await this.log.positions(topic)) {
          const progress = this.#of(topic, partition);
          const position = committed.get(partition);
          if (position !== undefined && position > (progress.position ?? -1n)) {
            progress.position = position;
            // Somebody has got past it: this member, or the one that has the partition by now.
            progress.failingSince = undefined;
          }
          progress.start = start;
          if (end > progress.end) progress.end = end;
        }
      }
      this.#unreachable = undefined;
    } catch (error) {
      this.#unreachable = 'the event log cannot be reached';
      this.failed(error);
    }
  }

  #of(topic: string, partition: number): Mutable {
    const name = `${topic}/${partition}`;
    let progress = this.#partitions.get(name);
    if (!progress) {
      progress = { position: undefined, start: 0n, end: 0n, failingSince: undefined };
      this.#partitions.set(name, progress);
    }
    return progress;
  }
}
