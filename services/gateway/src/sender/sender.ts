import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { allTopics, TOPICS } from '@portcullis/contracts';
import type { EventLog, NewLogRecord } from '@portcullis/eventlog';
import { backOffMs } from '../back-off.js';
import type { Log } from '../ports.js';
import { Quarantine } from '../spool/quarantine.js';
import { SpoolReader, type SpoolBatch } from '../spool/spool-reader.js';
import type { SpoolState } from '../spool/spool-state.js';
import { isPoison, park, shorterRecords } from './poisoned-record.js';

export interface SenderOptions {
  readonly directory: string;
  readonly state: SpoolState;
  readonly eventLog: EventLog;
  readonly log: Log;
}

/**
 * Encoding a batch holds up calls, in the thread they share: about 2 ms for this many records. In a thread of its own,
 * calls were served no faster on two cores (docs/benchmarks.md).
 */
const BATCH_RECORDS = 512;
const BATCH_BYTES = 1024 * 1024;
/** A batch is read in pieces, between which calls get their turn: 0.3 ms each. */
const PIECE_RECORDS = 128;
const PIECE_BYTES = 256 * 1024;
/**
 * Records that come within this share an append, and one round of every consumer: each round costs all of them a query
 * for each partition, however few records it brings. Nobody waits for it but live feeds, which may be a second behind.
 */
const GATHER_MS = 200;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 5_000;
/** While it fails, the log is told of it about once a minute. */
const TELL_EVERY = 12;

/**
 * Drains the spool into the event log: in order, one append at a time, again and again until the log has taken it. An
 * append that failed may have been stored, so the log may hold a record twice, with the same event id and sequence
 * number; it never misses one. What the log can never take is shortened, or parked where a person finds it.
 */
export class Sender {
  private readonly reader: SpoolReader;
  private readonly quarantine: Quarantine;
  private readonly draining = new AbortController();
  private readonly ended = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: SenderOptions) {
    this.reader = new SpoolReader(options.directory, options.state, options.log);
    this.quarantine = new Quarantine(options.directory, options.log);
  }

  start(): void {
    this.running = this.run();
  }

  /** Sends what is there, for at most `limitMs`; what is left is sent by the next process. */
  async stop(limitMs: number): Promise<void> {
    this.draining.abort();
    await Promise.race([this.running, wait(limitMs, undefined, { ref: false })]);
    this.ended.abort();
    this.reader.close();
  }

  private async run(): Promise<void> {
    try {
      await this.persistently('prepare the event log', () => this.options.eventLog.ensureTopics(allTopics()));
      while (!this.ended.signal.aborted) {
        const batch = await this.persistently('read the spool', () => this.read());
        if (batch === null && this.draining.signal.aborted) return;
        if (batch !== null) await this.send(batch);
        if (!batch?.more) await pause(GATHER_MS, this.draining.signal);
      }
    } catch (error) {
      // Only the end of the process gets here: everything else is tried again.
      if (!this.ended.signal.aborted) throw error;
    }
  }

  private async read(): Promise<SpoolBatch | null> {
    const first = this.reader.read(PIECE_RECORDS, PIECE_BYTES);
    if (first === null) return null;
    const records = [...first.records];
    let { end, more } = first;
    for (
      let bytes = size(first);
      more && records.length < BATCH_RECORDS && bytes <= BATCH_BYTES - PIECE_BYTES;
    ) {
      await nextTurn();
      const piece = this.reader.readOn(end, PIECE_RECORDS, PIECE_BYTES);
      if (piece === null) break;
      records.push(...piece.records);
      bytes += size(piece);
      ({ end, more } = piece);
    }
    return { records, end, more };
  }

  private async send(batch: SpoolBatch): Promise<void> {
    await this.append(
      batch.records.map(({ type, key, value }) => ({ topic: TOPICS.calls.name, key, type, value })),
    );
    await this.persistently('acknowledge', () => this.reader.acknowledge(batch.end));
    this.options.state.add('sent', batch.records.length);
    this.options.state.add('batches', 1);
  }

  private async append(records: readonly NewLogRecord[]): Promise<void> {
    const failure = await this.refusal(records);
    if (failure === null) return;
    const [record] = records;
    if (records.length > 1) {
      const half = records.length >> 1;
      await this.append(records.slice(0, half));
      await this.append(records.slice(half));
    } else if (record !== undefined) {
      for (const shorter of shorterRecords(record)) if ((await this.refusal([shorter])) === null) return;
      await this.persistently('park a record', () =>
        park(record, failure, this.options.eventLog, this.quarantine),
      );
      this.options.state.add('deadLettered', 1);
    }
  }

  /** Null when the log has taken the records; else why it never will. */
  private async refusal(records: readonly NewLogRecord[]) {
    return this.persistently('reach the event log', async () => {
      try {
        await this.options.eventLog.append(records);
        return null;
      } catch (error) {
        if (isPoison(error)) return error;
        throw error;
      }
    });
  }

  /** Until it works. Rejects only when the sender is told to end. */
  private async persistently<T>(what: string, attempt: () => T | Promise<T>): Promise<T> {
    const { log, state } = this.options;
    for (let failures = 0; ; failures += 1) {
      try {
        const result = await attempt();
        if (failures > 0) log.info({ failures }, `the sender could ${what} again`);
        state.set('failing', 0);
        return result;
      } catch (error) {
        if (this.ended.signal.aborted) throw error;
        if (failures % TELL_EVERY === 0)
          log.error({ err: error, failures }, `the sender cannot ${what}; it tries until it can`);
        state.add('retries', 1);
        state.set('failing', 1);
        await pause(backOffMs(failures, RETRY_MIN_MS, RETRY_MAX_MS), this.ended.signal);
      }
    }
  }
}

function size({ records }: SpoolBatch): number {
  return records.reduce((sum, { value }) => sum + value.byteLength, 0);
}

/** Resolves after `ms`, or at once when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
