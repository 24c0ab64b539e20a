import { EventLogError } from './event-log-error.js';
import type { NewLogRecord } from './event-log.js';
import { checkRecord } from './record-limits.js';

export interface AppendQueueOptions {
  /** Stores the records in order; at most one call runs at a time. */
  readonly write: (records: readonly NewLogRecord[]) => Promise<void>;
  readonly maxRecords?: number;
  readonly maxBytes?: number;
  /** Waiting appends beyond this are refused with `eventlog.queue_full`; one append alone is always taken. */
  readonly maxQueuedBytes?: number;
}

interface Entry {
  readonly records: readonly NewLogRecord[];
  readonly bytes: number;
  written: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One write at a time, in order; what arrives meanwhile shares the next one. That keeps the order of each key without
 * locks and turns many small appends into few large ones exactly when the log is the bottleneck.
 */
export class AppendQueue {
  readonly #write: AppendQueueOptions['write'];
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #maxQueuedBytes: number;
  readonly #entries: Entry[] = [];
  #queuedBytes = 0;
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(options: AppendQueueOptions) {
    this.#write = options.write;
    this.#maxRecords = options.maxRecords ?? 1000;
    this.#maxBytes = options.maxBytes ?? 4 * 1024 * 1024;
    this.#maxQueuedBytes = options.maxQueuedBytes ?? 64 * 1024 * 1024;
  }

  async append(records: readonly NewLogRecord[]): Promise<void> {
    if (this.#closed) throw new EventLogError('eventlog.closed', 'The event log is closed.');
    let bytes = 0;
    for (const record of records) {
      checkRecord(record);
      bytes += record.value.byteLength;
    }
    if (records.length === 0) return;
    if (this.#entries.length > 0 && this.#queuedBytes + bytes > this.#maxQueuedBytes) {
      throw new EventLogError('eventlog.queue_full', 'Too many records wait to be written to the event log.');
    }
    await new Promise<void>((resolve, reject) => {
      this.#entries.push({ records, bytes, written: 0, resolve, reject });
      this.#queuedBytes += bytes;
      this.#draining ??= this.#drain();
    });
  }

  /** Refuses new appends and waits for those already taken. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // Appends made in the same turn share the first write.
    await Promise.resolve();
    while (this.#entries.length > 0) {
      const { records, touched } = this.#nextChunk();
      try {
        await this.#write(records);
        for (const entry of touched)
          if (entry.written === entry.records.length) this.#finish(entry, entry.resolve);
      } catch (error) {
        for (const entry of touched) this.#finish(entry, () => entry.reject(error));
      }
    }
    this.#draining = undefined;
  }

  #nextChunk(): { records: NewLogRecord[]; touched: Entry[] } {
    const records: NewLogRecord[] = [];
    const touched: Entry[] = [];
    let bytes = 0;
    for (const entry of this.#entries) {
      touched.push(entry);
      for (; entry.written < entry.records.length; entry.written += 1) {
        const record = entry.records[entry.written]!;
        const full = records.length === this.#maxRecords || bytes + record.value.byteLength > this.#maxBytes;
        if (full && records.length > 0) {
          if (entry.written === 0) touched.pop();
          return { records, touched };
        }
        records.push(record);
        bytes += record.value.byteLength;
      }
    }
    return { records, touched };
  }

  #finish(entry: Entry, settle: () => void): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#queuedBytes -= entry.bytes;
    settle();
  }
}
