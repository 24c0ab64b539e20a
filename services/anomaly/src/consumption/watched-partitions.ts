import type { Assignment, LogBatch } from '@portcullis/eventlog';
import { WatchedPartition, type WatchParts } from './watched-partition.js';

/** The partitions this process reads. One that moved to another process stays here, unused, until it comes back. */
export class WatchedPartitions {
  readonly #parts: WatchParts;
  readonly #partitions = new Map<string, WatchedPartition>();
  /** One take-over at a time: each reads the log and holds batches of it. */
  #takingOver: Promise<unknown> = Promise.resolve();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Before the first batch of an assignment. */
  async assigned(assignment: Assignment): Promise<void> {
    const name = nameOf(assignment);
    this.#partitions.delete(name);
    const turn = this.#takingOver.then(async () => {
      this.#parts.signal.throwIfAborted();
      this.#partitions.set(name, await WatchedPartition.takeOver(this.#parts, assignment));
    });
    this.#takingOver = turn.catch(() => undefined);
    await turn;
  }

  async handle(batch: LogBatch): Promise<void> {
    const partition = this.#partitions.get(nameOf(batch));
    if (partition === undefined) throw new Error(`${nameOf(batch)} was never assigned`);
    await partition.handle(batch);
  }

  /** Stores a snapshot of each, so that the next start has nothing to read again. After the last batch. */
  async save(): Promise<void> {
    for (const partition of this.#partitions.values()) await partition.save();
  }

  get connections(): number {
    return [...this.#partitions.values()].reduce((sum, partition) => sum + partition.connections, 0);
  }
}

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`;
}
