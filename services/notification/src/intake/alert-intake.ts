import {
  deadLetter,
  type Assignment,
  type EventLog,
  type LogBatch,
  type LogRecord,
} from '@portcullis/eventlog';
import type { Database, SqlSession } from '@portcullis/postgres';
import type { AlertBook } from '../alerts/alert-book.js';
import { InvalidEvent } from '../signals/invalid-event.js';
import type { ConnectionNames } from './connection-names.js';
import type { Reading, ReadRecord } from './reading.js';
import { takenMarks } from './taken-marks.js';

export interface IntakeEvents {
  /** A record nobody could read went to the dead letters. */
  deadLettered(record: LogRecord, error: InvalidEvent): void;
  /** Readings of a batch, and how many of them were known already. */
  taken(topic: string, counts: { readonly signals: number; readonly repeated: number }): void;
}

export interface AlertIntakeOptions {
  readonly database: Pick<Database, 'query' | 'transaction'>;
  readonly log: EventLog;
  readonly book: AlertBook;
  readonly names: ConnectionNames;
  /** How each topic is read. */
  readonly readers: ReadonlyMap<string, ReadRecord>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly events: IntakeEvents;
}

/** Postgres refuses a value: it will refuse it again. */
const DATA_EXCEPTION = /^22|^23514$/;

/**
 * Takes batches of the log in. What a batch changes and how far it came are one transaction, so that a process killed at
 * any step loses nothing and counts nothing twice; the group's own commit may lag behind.
 */
export class AlertIntake {
  constructor(private readonly options: AlertIntakeOptions) {}

  /** Before the first batch of an assignment. */
  async assigned({ topic, partition }: Assignment): Promise<void> {
    const { database, log, names } = this.options;
    await names.load(database);
    const at = (await log.positions(topic)).find((position) => position.partition === partition);
    if (at) await takenMarks.restart(database, { topic, partition }, at.end);
  }

  /** Returning commits the batch: everything in it is taken in, or among the dead letters. */
  async take(batch: LogBatch): Promise<void> {
    const readings = await this.read(batch.records);
    if (readings.length === 0) return;
    try {
      await this.store(batch, readings);
    } catch (error) {
      if (!isRefused(error)) throw error;
      await this.storeOneByOne(batch, readings);
    }
  }

  private async read(records: readonly LogRecord[]): Promise<Reading[]> {
    const { readers, names } = this.options;
    const readings: Reading[] = [];
    for (const record of records) {
      try {
        const reading = readers.get(record.topic)?.(record, names.slugs);
        if (!reading) continue;
        if (reading.signal.type === 'connection') names.note(reading.signal);
        readings.push({ ...reading, offset: record.offset });
      } catch (error) {
        if (!(error instanceof InvalidEvent)) throw error;
        await this.bury(record, error);
      }
    }
    return readings;
  }

  private async store(batch: LogBatch, readings: readonly Reading[]): Promise<void> {
    const { database, book, names, now, events } = this.options;
    const counts = await database.transaction(async (session: SqlSession) => {
      const next = await takenMarks.hold(session, batch);
      const beyond = readings.filter(({ offset }) => offset >= next);
      if (beyond.length === 0) return { signals: readings.length, repeated: readings.length };
      const fresh = await takenMarks.fresh(session, beyond);
      const signals = fresh.map(({ signal }) => signal);
      await names.store(
        session,
        signals.filter((signal) => signal.type === 'connection'),
      );
      await takenMarks.advance(session, batch, beyond.at(-1)!.offset + 1n);
      // Last: it publishes.
      await book.take(
        session,
        signals.filter((signal) => signal.type !== 'connection'),
        now(),
      );
      return { signals: readings.length, repeated: readings.length - fresh.length };
    });
    events.taken(batch.topic, counts);
  }

  private async storeOneByOne(batch: LogBatch, readings: readonly Reading[]): Promise<void> {
    for (const reading of readings) {
      try {
        await this.store(batch, [reading]);
      } catch (error) {
        if (!isRefused(error)) throw error;
        const record = batch.records.find(({ offset }) => offset === reading.offset)!;
        await this.bury(
          record,
          new InvalidEvent('notification.refused', 'Postgres refuses it', { cause: error }),
        );
      }
    }
  }

  private async bury(record: LogRecord, error: InvalidEvent): Promise<void> {
    await deadLetter(this.options.log, record, error);
    this.options.events.deadLettered(record, error);
  }
}

function isRefused(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && DATA_EXCEPTION.test(code);
}
