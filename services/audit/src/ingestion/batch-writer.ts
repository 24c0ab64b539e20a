import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ClickHouseError } from '@portcullis/clickhouse';
import type { EventLog, LogBatch, LogRecord } from '@portcullis/eventlog';
import { columnTime } from '../rows/bounded.js';
import { byTablePartition } from '../rows/audit-row.js';
import { InvalidEvent } from '../rows/invalid-event.js';
import { readEvent, type AuditFact } from '../rows/read-event.js';
import type { AuditTables, PartitionKey } from './audit-tables.js';
import { deadLetter, deadLetterRow, digestOf } from './dead-letter.js';
import { storeOrIsolate } from './store-or-isolate.js';

export interface BatchWriterEvents {
  /** `seconds` covers the whole batch; `newest` is the log's time of its last record. */
  stored(counts: {
    rows: number;
    pending: number;
    skipped: number;
    bytes: number;
    seconds: number;
    newest: number;
  }): void;
  deadLettered(topic: string, code: string): void;
}

interface Entry<Fact = AuditFact> {
  readonly record: LogRecord;
  readonly fact: Fact;
}
type RowEntry = Entry<Extract<AuditFact, { kind: 'row' }>>;
type PendingEntry = Entry<Extract<AuditFact, { kind: 'pending' }>>;
interface DeadEntry {
  readonly record: LogRecord;
  readonly error: InvalidEvent;
}

/** How long after a call had to end its completion may still be on its way. */
export const UNKNOWN_GRACE_MS = 5 * 60_000;
/** Records read between two turns of the event loop, so that health checks and heartbeats get theirs. */
const TURN = 500;
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
  /** For each log partition the offset expected next, and up to where offsets may be stored already. */
  private readonly progress = new Map<string, { next: bigint; horizon: bigint }>();

  constructor(
    private readonly tables: AuditTables,
    private readonly log: Pick<EventLog, 'append'>,
    private readonly events: BatchWriterEvents,
    private readonly options: { now?: () => number; unknownGraceMs?: number } = {},
  ) {}

  private get graceMs(): number {
    return this.options.unknownGraceMs ?? UNKNOWN_GRACE_MS;
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }

  async write(batch: LogBatch): Promise<void> {
    const first = batch.records[0];
    const last = batch.records.at(-1);
    if (first === undefined || last === undefined) return;
    const started = performance.now();
    const place = `${batch.topic}/${batch.partition}`;
    const known = this.progress.get(place);
    // Whatever interrupts this batch, the next one looks at what is stored first.
    this.progress.delete(place);
    const horizon =
      known?.next === first.offset ? known.horizon : await this.horizonFrom(batch, first.offset);

    const { rows, pending, dead } = await this.read(batch.records);
    const stored = first.offset <= horizon ? await this.stored(batch, first.offset, last.offset) : undefined;
    const isNew = (entry: Entry) => !stored?.(entry.record, entry.fact.row.event_id);
    const isNewLetter = (entry: DeadEntry) => !stored?.(entry.record);
    const newRows = rows.filter(isNew);
    await this.markCorrections(newRows);
    const refused = await this.storeRows(newRows);
    const terminal = new Set(rows.map(({ fact }) => `${fact.row.tenant_id}/${fact.row.event_id}`));
    const open = pending.filter(
      (entry) => !terminal.has(`${entry.fact.row.tenant_id}/${entry.fact.row.event_id}`),
    );
    const newPending = open.filter(isNew);
    await this.storePending(newPending);
    await this.bury([...dead.filter(isNewLetter), ...refused]);

    this.progress.set(place, { next: last.offset + 1n, horizon });
    this.events.stored({
      rows: newRows.length - refused.length,
      pending: newPending.length,
      skipped: rows.length - newRows.length + open.length - newPending.length,
      bytes: batch.records.reduce((sum, record) => sum + record.value.byteLength, 0),
      seconds: (performance.now() - started) / 1000,
      newest: last.timestamp,
    });
  }

  private async read(
    records: readonly LogRecord[],
  ): Promise<{ rows: RowEntry[]; pending: PendingEntry[]; dead: DeadEntry[] }> {
    const rows: RowEntry[] = [];
    const pending: PendingEntry[] = [];
    const dead: DeadEntry[] = [];
    const ingestedAt = columnTime(this.now());
    for (const [index, record] of records.entries()) {
      if (index % TURN === TURN - 1) await nextTurn();
      try {
        const fact = readEvent(record.value, record);
        fact.row.ingested_at = ingestedAt;
        if (fact.kind === 'row') rows.push({ record, fact });
        else pending.push({ record, fact });
      } catch (error) {
        dead.push({ record, error: asInvalid(error) });
      }
    }
    return { rows, pending, dead };
  }

  private async horizonFrom(at: PartitionKey, from: bigint): Promise<bigint> {
    return (await this.tables.storedHorizon({ topic: at.topic, partition: at.partition, from })) ?? -1n;
  }

  /** Tells whether a record is stored already: by its row's id, or as a dead letter. */
  private async stored(
    at: PartitionKey,
    first: bigint,
    last: bigint,
  ): Promise<(record: LogRecord, id?: string) => boolean> {
    const ids = await this.tables.storedIds({ topic: at.topic, partition: at.partition, first, last });
    return (record, id) => {
      const found = ids.get(record.offset.toString());
      if (found === undefined) return false;
      return (id !== undefined && found.has(id)) || found.has(digestOf(record.value));
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

  private async storeRows(entries: readonly RowEntry[]): Promise<DeadEntry[]> {
    const refused: { item: RowEntry; error: ClickHouseError }[] = [];
    for (const [partition, group] of byTablePartition(entries, ({ fact }) => fact.row)) {
      refused.push(
        ...(await storeOrIsolate(group, (items) =>
          this.tables.insertEvents(
            items.map(({ fact }) => fact.row),
            tokenOf(items, partition),
          ),
        )),
      );
    }
    if (refused.length >= SUSPICIOUS_REFUSALS && refused.length === entries.length) {
      throw new ClickHouseError(
        { kind: 'unknown', code: 'clickhouse.unknown' },
        { detail: 'every row of a batch was refused', cause: refused[0]?.error },
      );
    }
    return refused.map(({ item, error }) => ({
      record: item.record,
      error: new InvalidEvent(
        'audit.row_refused',
        `the audit store refused the row (${error.serverCode ?? error.code})`,
        { cause: error },
      ),
    }));
  }

  private async storePending(entries: readonly PendingEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const now = this.now();
    await this.tables.insertPending(
      // Late ones are spread out, so that a sweep can take them in slices.
      entries.map(({ fact }, index) => ({
        readyAt: Math.max(fact.endsBy + this.graceMs, now + Math.floor(index / 16)),
        row: fact.row,
      })),
      tokenOf(entries, 'pending'),
    );
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

/** Names an insert by what it stores and where that came from; the ids keep a new log's offsets apart from an old one's. */
function tokenOf(entries: readonly (RowEntry | PendingEntry)[], target: string): string {
  const hash = createHash('sha256');
  for (const { fact } of entries) hash.update(fact.row.event_id);
  const first = (entries[0] as Entry).record;
  const last = (entries.at(-1) as Entry).record;
  return `${first.topic}/${first.partition}/${first.offset}-${last.offset}/${target}/${hash.digest('hex').slice(0, 32)}`;
}

/** Reading a record is pure: whatever it throws is about the record. */
function asInvalid(error: unknown): InvalidEvent {
  if (error instanceof InvalidEvent) return error;
  return new InvalidEvent('audit.invalid_data', error instanceof Error ? error.name : 'unreadable', {
    cause: error,
  });
}
