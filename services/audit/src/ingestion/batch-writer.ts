import { ClickHouseError } from '@portcullis/clickhouse';
import type { EventLog, LogBatch } from '@portcullis/eventlog';
import { columnTime } from '../rows/bounded.js';
import { byTablePartition, type AuditRow } from '../rows/audit-row.js';
import { InvalidEvent } from '../rows/invalid-event.js';
import type { AuditTables, PartitionKey, PendingRow } from './audit-tables.js';
import {
  bytesOf,
  keyOf,
  readBatch,
  tokenOf,
  type DeadEntry,
  type PendingEntry,
  type ReadBatch,
  type RowEntry,
} from './batch-entry.js';
import { deadLetter, deadLetterRow } from './dead-letter.js';
import { insertTwice } from './insert-twice.js';
import { JoinedInserts } from './joined-inserts.js';
import { settled } from './settled.js';
import { mayDependOnRows, storeOrIsolate } from './store-or-isolate.js';
import { StoredOffsets, type IsStored } from './stored-offsets.js';

export interface StoredBatch {
  readonly rows: number;
  readonly pending: number;
  /** Records that were stored already. */
  readonly skipped: number;
  readonly bytes: number;
  /** Time the whole batch took. */
  readonly seconds: number;
  /** The log's time of the batch's last record. */
  readonly newest: number;
}

export interface BatchWriterEvents {
  stored(batch: StoredBatch): void;
  deadLettered(topic: string, code: string): void;
}

export interface BatchWriterOptions {
  /** How long rows of one log partition wait for those of others, to be stored by one insert. Default 0. */
  readonly lingerMs?: number;
  /** Rows of one insert at most. Default 20,000. */
  readonly maxRows?: number;
  /** How long after a call had to end its completion may still be on its way. Default 5 minutes. */
  readonly unknownGraceMs?: number;
  readonly now?: () => number;
}

/** A row the table does not take. */
interface Refused extends DeadEntry {
  readonly entry: RowEntry;
}

const INSERT_BYTES = 16 * 1024 * 1024;
const UNKNOWN_GRACE_MS = 5 * 60_000;
/** The log's clock and the producers' may differ by this much. */
const CLOCK_SKEW_MS = 60_000;
/** When this many rows are refused and not one is taken, the rows are not to blame. */
const SUSPICIOUS_REFUSALS = 20;

/**
 * Stores batches of the log. Resolves when every record is in a table together with its offset: only then may the batch
 * be committed. Rejects with part of the batch stored, possibly; the same records may come again, cut otherwise.
 *
 * Three layers keep a row single: records whose offset and id are stored already are skipped, a repeated insert is
 * recognized by its token, and the table's sorting key ends in the event's id.
 */
export class BatchWriter {
  private readonly offsets: StoredOffsets;
  private readonly eventInserts: JoinedInserts<AuditRow>;
  private readonly pendingInserts: JoinedInserts<PendingRow>;
  private readonly graceMs: number;
  private readonly now: () => number;

  constructor(
    private readonly tables: AuditTables,
    private readonly log: Pick<EventLog, 'append'>,
    private readonly events: BatchWriterEvents,
    options: BatchWriterOptions = {},
  ) {
    const join = {
      lingerMs: options.lingerMs ?? 0,
      maxRows: options.maxRows ?? 20_000,
      maxBytes: INSERT_BYTES,
    };
    this.offsets = new StoredOffsets(tables);
    this.eventInserts = new JoinedInserts((rows, token) => this.insertEvents(rows, token), join);
    this.pendingInserts = new JoinedInserts(
      (rows, token) => insertTwice(token, (named) => tables.insertPending(rows, named)),
      join,
    );
    this.graceMs = options.unknownGraceMs ?? UNKNOWN_GRACE_MS;
    this.now = options.now ?? Date.now;
  }

  /** The partition was assigned anew: what is stored of it may be another member's work. */
  forget(partition: PartitionKey): void {
    this.offsets.forget(partition);
  }

  async write(batch: LogBatch): Promise<void> {
    const last = batch.records.at(-1);
    if (last === undefined) return;
    const started = performance.now();
    const { isStored, stored } = await this.offsets.before(batch);
    const read = await readBatch(batch.records, columnTime(this.now()));
    // With more behind it the batch must not wait for company.
    const counts = await this.store(read, isStored, batch.endOffset > last.offset + 1n);
    stored();
    this.events.stored({
      ...counts,
      bytes: bytesOf(batch.records.map((record) => ({ record }))),
      seconds: (performance.now() - started) / 1000,
      newest: last.timestamp,
    });
  }

  private async store(
    { rows, pending, dead, ended: unread }: ReadBatch,
    isStored: IsStored,
    urgent: boolean,
  ): Promise<Pick<StoredBatch, 'rows' | 'pending' | 'skipped'>> {
    const isNew = ({ record, fact }: RowEntry | PendingEntry) => !isStored(record, fact.row.event_id);
    const newRows = rows.filter(isNew);
    await this.markCorrections(newRows);
    // A call that ends in its own batch need not be remembered as open.
    const ended = new Set(rows.map(keyOf));
    const open = pending.filter((entry) => !ended.has(keyOf(entry)));
    const newOpen = open.filter(isNew);
    const [refused = []] = await settled([
      this.storeRows(newRows, urgent),
      this.storePending(newOpen, urgent).then((): Refused[] => []),
    ]);
    if (refused.length > 0) {
      const missing = new Set(refused.map(({ entry }) => keyOf(entry)));
      const begun = await readBatch(unread, columnTime(this.now()));
      await this.storePending(
        [...pending, ...begun.pending].filter((entry) => missing.has(keyOf(entry))),
        urgent,
      );
    }
    await this.bury([...dead.filter(({ record }) => !isStored(record)), ...refused]);
    return {
      rows: newRows.length - refused.length,
      pending: newOpen.length,
      skipped: rows.length - newRows.length + open.length - newOpen.length,
    };
  }

  /** A completion that comes after its call was stored as `unknown` says so. */
  private async markCorrections(entries: readonly RowEntry[]): Promise<void> {
    const late = entries.filter(
      ({ record, fact }) =>
        fact.completes !== undefined &&
        record.timestamp + CLOCK_SKEW_MS > fact.completes.endsBy + this.graceMs,
    );
    if (late.length === 0) return;
    const times = late.map(({ fact }) => fact.row.event_time).sort();
    const unknown = await this.tables.onceUnknown(times[0] as string, times.at(-1) as string);
    for (const { fact } of late) if (unknown.has(fact.row.event_id)) fact.row.corrected = 1;
  }

  private async storeRows(entries: readonly RowEntry[], urgent: boolean): Promise<Refused[]> {
    const groups = [...byTablePartition(entries, ({ fact }) => fact.row)];
    const results = await settled(groups.map(([group, items]) => this.storeGroup(group, items, urgent)));
    const refused = results.flat();
    if (refused.length >= SUSPICIOUS_REFUSALS && refused.length === entries.length) {
      throw new ClickHouseError(
        { kind: 'unknown', code: 'clickhouse.unknown' },
        { detail: 'every row of a batch was refused', cause: refused[0]?.error },
      );
    }
    return refused;
  }

  /** Rows of one table partition: together with those of others, or by themselves when the table refuses some. */
  private async storeGroup(group: string, entries: readonly RowEntry[], urgent: boolean): Promise<Refused[]> {
    const rowsOf = (items: readonly RowEntry[]) => items.map(({ fact }) => fact.row);
    try {
      const token = tokenOf(entries, group);
      await this.eventInserts.add({ rows: rowsOf(entries), token, group, bytes: bytesOf(entries), urgent });
      return [];
    } catch (error) {
      if (!mayDependOnRows(error)) throw error;
    }
    const refused = await storeOrIsolate(entries, (items) =>
      this.insertEvents(rowsOf(items), tokenOf(items, group)),
    );
    return refused.map(({ item, error }) => ({
      entry: item,
      record: item.record,
      error: new InvalidEvent(
        'audit.row_refused',
        `the audit store refused the row (${error.serverCode ?? error.code})`,
        { cause: error },
      ),
    }));
  }

  private async storePending(entries: readonly PendingEntry[], urgent: boolean): Promise<void> {
    if (entries.length === 0) return;
    const now = this.now();
    // Late ones are spread out, so that a sweep can take them in slices.
    const readyAt = (endsBy: number, index: number) =>
      Math.max(endsBy + this.graceMs, now + Math.floor(index / 16));
    await this.pendingInserts.add({
      rows: entries.map(({ fact }, index) => ({ readyAt: readyAt(fact.endsBy, index), row: fact.row })),
      token: tokenOf(entries, 'pending'),
      group: 'pending',
      bytes: bytesOf(entries),
      urgent,
    });
  }

  private insertEvents(rows: readonly AuditRow[], token: string): Promise<void> {
    return insertTwice(token, (named) => this.tables.insertEvents(rows, named));
  }

  private async bury(entries: readonly DeadEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.log.append(entries.map(({ record, error }) => deadLetter(record, error)));
    const now = this.now();
    await this.tables.insertDeadLetters(
      entries.map(({ record, error }) => deadLetterRow(record, error, now)),
    );
    for (const { record, error } of entries) this.events.deadLettered(record.topic, error.code);
  }
}
