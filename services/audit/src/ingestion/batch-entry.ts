import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogRecord } from '@portcullis/eventlog';
import type { AuditRow } from '../rows/audit-row.js';
import { InvalidEvent } from '../rows/invalid-event.js';
import { readEvent, type AuditFact } from '../rows/read-event.js';
import { decidedCall } from './decided-call.js';

export interface Entry<Fact = AuditFact> {
  readonly record: LogRecord;
  readonly fact: Fact;
}
export type RowEntry = Entry<Extract<AuditFact, { kind: 'row' }>>;
export type PendingEntry = Entry<Extract<AuditFact, { kind: 'pending' }>>;

/** A record that gives no row. */
export interface DeadEntry {
  readonly record: LogRecord;
  readonly error: InvalidEvent;
}

export interface ReadBatch {
  readonly rows: RowEntry[];
  readonly pending: PendingEntry[];
  readonly dead: DeadEntry[];
  /** Decisions of calls that end in the same batch: not looked at, since their ends say everything again. */
  readonly ended: LogRecord[];
}

/** Records read between two turns of the event loop, so that health checks and heartbeats get theirs. */
const TURN = 500;

/** Entries of a kind are in the order of their records. */
export async function readBatch(records: readonly LogRecord[], ingestedAt: string): Promise<ReadBatch> {
  const batch: ReadBatch = { rows: [], pending: [], dead: [], ended: [] };
  const read = new Reading(batch, ingestedAt);
  // Ends first: most calls end in the batch they begin in, and half of all reading is saved.
  const decisions: { record: LogRecord; call: string }[] = [];
  for (const record of records) {
    const call = record.type === 'CallDecided' ? decidedCall(record.value) : undefined;
    if (call === undefined) await read.one(record);
    else decisions.push({ record, call });
  }
  const ended = new Set(batch.rows.map(keyOf));
  for (const { record, call } of decisions) {
    if (ended.has(call)) batch.ended.push(record);
    else await read.one(record);
  }
  batch.pending.sort(byOffset);
  batch.dead.sort(byOffset);
  return batch;
}

class Reading {
  private records = 0;

  constructor(
    private readonly batch: ReadBatch,
    private readonly ingestedAt: string,
  ) {}

  async one(record: LogRecord): Promise<void> {
    this.records += 1;
    if (this.records % TURN === 0) await nextTurn();
    try {
      const fact = readEvent(record.value, record);
      fact.row.ingested_at = this.ingestedAt;
      if (fact.kind === 'row') this.batch.rows.push({ record, fact });
      else this.batch.pending.push({ record, fact });
    } catch (error) {
      this.batch.dead.push({ record, error: asInvalid(error) });
    }
  }
}

function byOffset(a: { record: LogRecord }, b: { record: LogRecord }): number {
  return a.record.offset < b.record.offset ? -1 : 1;
}

/** What joins the events of one request. */
export function keyOf({ fact: { row } }: { fact: { row: AuditRow } }): string {
  return `${row.tenant_id}/${row.event_id}`;
}

export function bytesOf(entries: readonly { readonly record: LogRecord }[]): number {
  return entries.reduce((sum, { record }) => sum + record.value.byteLength, 0);
}

/** Names rows by where they came from and what they are. */
export function tokenOf(entries: readonly Entry[], target: string): string {
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
