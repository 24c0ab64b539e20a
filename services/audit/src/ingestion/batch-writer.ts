import { createHash } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseError } from '@portcullis/clickhouse';
import type { EventLog, LogBatch, LogRecord } from '@portcullis/eventlog';
import { columnTime } from '../rows/bounded.js';
import { byTablePartition, type AuditRow } from '../rows/audit-row.js';
import { InvalidEvent } from '../rows/invalid-event.js';
import { readEvent, type AuditFact } from '../rows/read-event.js';
import type { AuditTables, PartitionKey, PendingRow } from './audit-tables.js';
import { deadLetter, deadLetterRow, digestOf } from './dead-letter.js';
import { JoinedInserts } from './joined-inserts.js';
import { mayDependOnRows, storeOrIsolate } from './store-or-isolate.js';

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

export interface BatchWriterOptions {
  /** How long rows of one log partition wait for those of others, to be stored by one insert. Default 0. */
  readonly lingerMs?: number;
  /** Rows of one insert at most. Default 20,000. */
  readonly maxRows?: number;
  /** How long after a call had to end its completion may still be on its way. Default 5 minutes. */
  readonly unknownGraceMs?: number;
  readonly now?: () => number;
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

const UNKNOWN_GRACE_MS = 5 * 60_000;
/** An insert whose outcome is not known is repeated once after this: its token makes that safe. */
const RETRY_MS = 200;
/** A row the table does not take, with the record it came from. */
interface Refused extends DeadEntry {
  readonly entry: RowEntry;
}
interface Read {
  readonly rows: RowEntry[];
  readonly pending: PendingEntry[];
  readonly dead: DeadEntry[];
}

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

  private readonly eventInserts: JoinedInserts<AuditRow>;
  private readonly pendingInserts: JoinedInserts<PendingRow>;

  constructor(
    private readonly tables: AuditTables,
    private readonly log: Pick<EventLog, 'append'>,
    private readonly events: BatchWriterEvents,
    private readonly options: BatchWriterOptions = {},
  ) {
    const join = {
      lingerMs: options.lingerMs ?? 0,
      maxRows: options.maxRows ?? 20_000,
      maxBytes: 16 * 1024 * 1024,
    };
    this.eventInserts = new JoinedInserts(
      (rows, token) => retryBlindly(() => tables.insertEvents(rows, token)),
      join,
    );
    this.pendingInserts = new JoinedInserts(
      (rows, token) => retryBlindly(() => tables.insertPending(rows, token)),
      join,
    );
  }

  private get graceMs(): number {
    return this.options.unknownGraceMs ?? UNKNOWN_GRACE_MS;
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }

  /** The partition was assigned anew: what is stored of it may be another member's work. */
  forget({ topic, partition }: PartitionKey): void {
    this.progress.delete(`${topic}/${partition}`);
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

    const read = await this.read(batch.records);
    const stored = first.offset <= horizon ? await this.stored(batch, first.offset, last.offset) : undefined;
    const counts = await this.store(read, {
      isNew: ({ record }, id) => !stored?.(record, id),
      behind: batch.endOffset > last.offset + 1n,
    });

    this.progress.set(place, { next: last.offset + 1n, horizon });
    this.events.stored({
      ...counts,
      bytes: bytesOf(batch.records.map((record) => ({ record }))),
      seconds: (performance.now() - started) / 1000,
      newest: last.timestamp,
    });
  }

  private async store(
    { rows, pending, dead }: Read,
    { isNew, behind }: { isNew: (entry: { record: LogRecord }, id?: string) => boolean; behind: boolean },
  ): Promise<{ rows: number; pending: number; skipped: number }> {
    const newRows = rows.filter((entry) => isNew(entry, entry.fact.row.event_id));
    await this.markCorrections(newRows);
    // A call that ends in its own batch need not be remembered as open.
    const ended = new Set(rows.map(({ fact }) => keyOf(fact.row)));
    const open = pending.filter(({ fact }) => !ended.has(keyOf(fact.row)));
    const newOpen = open.filter((entry) => isNew(entry, entry.fact.row.event_id));
    const [refused = []] = await settled([
      this.storeRows(newRows, behind),
      this.storePending(newOpen, behind).then((): Refused[] => []),
    ]);
    if (refused.length > 0) {
      const missing = new Set(refused.map(({ entry }) => keyOf(entry.fact.row)));
      await this.storePending(
        pending.filter(({ fact }) => missing.has(keyOf(fact.row))),
        behind,
      );
    }
    await this.bury([...dead.filter((entry) => isNew(entry)), ...refused]);
    return {
      rows: newRows.length - refused.length,
      pending: newOpen.length,
      skipped: rows.length - newRows.length + open.length - newOpen.length,
    };
  }

  private async read(records: readonly LogRecord[]): Promise<Read> {
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
    try {
      await this.eventInserts.add({
        rows: entries.map(({ fact }) => fact.row),
        token: tokenOf(entries, group),
        group,
        bytes: bytesOf(entries),
        urgent,
      });
      return [];
    } catch (error) {
      if (!mayDependOnRows(error)) throw error;
    }
    const refused = await storeOrIsolate(entries, (items) =>
      this.tables.insertEvents(
        items.map(({ fact }) => fact.row),
        tokenOf(items, group),
      ),
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
    await this.pendingInserts.add({
      // Late ones are spread out, so that a sweep can take them in slices.
      rows: entries.map(({ fact }, index) => ({
        readyAt: Math.max(fact.endsBy + this.graceMs, now + Math.floor(index / 16)),
        row: fact.row,
      })),
      token: tokenOf(entries, 'pending'),
      group: 'pending',
      bytes: bytesOf(entries),
      urgent,
    });
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

/** One request, one row: what joins the events of a request. */
function keyOf(row: AuditRow): string {
  return `${row.tenant_id}/${row.event_id}`;
}

async function retryBlindly(insert: () => Promise<void>): Promise<void> {
  try {
    await insert();
  } catch (error) {
    const code = error instanceof ClickHouseError ? error.code : undefined;
    if (code !== 'clickhouse.connection' && code !== 'clickhouse.timeout') throw error;
    await sleep(RETRY_MS);
    await insert();
  }
}

/** All results, or the first failure once all have ended: nothing goes on behind a batch that is given back. */
async function settled<Result>(work: readonly Promise<Result>[]): Promise<Result[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function bytesOf(entries: readonly { readonly record: LogRecord }[]): number {
  return entries.reduce((sum, { record }) => sum + record.value.byteLength, 0);
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
