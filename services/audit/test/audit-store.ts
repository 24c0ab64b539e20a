import { ClickHouse, migrate } from '@portcullis/clickhouse';
import type { LogBatch, LogRecord, NewLogRecord } from '@portcullis/eventlog';
import type { TestClickHouse } from '@portcullis/testing';
import { AuditTables } from '../src/ingestion/audit-tables.js';
import { BatchWriter } from '../src/ingestion/batch-writer.js';
import { auditMigrations } from '../src/migrations.js';
import type { AuditRow } from '../src/rows/audit-row.js';
import { bytesOf, DECIDED_AT } from './events.js';

export interface AuditStore {
  readonly url: string;
  readonly clickHouse: ClickHouse;
  readonly tables: AuditTables;
  /** Rows under FINAL, in the order of their key. */
  rows(where?: string): Promise<AuditRow[]>;
  /** Rows that are physically there, copies included. */
  copies(): Promise<number>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

/** A database of its own with every migration applied. */
export async function openAuditStore(engine: TestClickHouse): Promise<AuditStore> {
  const url = await engine.createDatabase();
  const clickHouse = new ClickHouse({ url, application: 'audit-test' });
  await migrate(clickHouse, { migrations: auditMigrations(), topology: { kind: 'single' } });
  const count = async (table: string) =>
    (await clickHouse.rows<{ n: number }>(`SELECT count() AS n FROM ${table}`)).rows[0]?.n ?? -1;
  return {
    url,
    clickHouse,
    tables: new AuditTables(clickHouse),
    rows: async (where = '1') =>
      (
        await clickHouse.rows<AuditRow>(
          `SELECT * FROM audit_events FINAL WHERE ${where} ORDER BY tenant_id, event_time, toString(event_id)`,
        )
      ).rows,
    copies: () => count('audit_events'),
    count,
    close: () => clickHouse.close(),
  };
}

export interface TestWriter {
  readonly writer: BatchWriter;
  /** What went to dead-letter topics. */
  readonly letters: NewLogRecord[];
  readonly totals: { rows: number; pending: number; skipped: number; dead: string[] };
}

export function testWriter(
  tables: AuditTables,
  now?: () => number,
  options: { lingerMs?: number } = {},
): TestWriter {
  const letters: NewLogRecord[] = [];
  const totals = { rows: 0, pending: 0, skipped: 0, dead: [] as string[] };
  const writer = new BatchWriter(
    tables,
    { append: async (records) => void letters.push(...records) },
    {
      stored: (counts) => {
        totals.rows += counts.rows;
        totals.pending += counts.pending;
        totals.skipped += counts.skipped;
      },
      deadLettered: (_topic, code) => totals.dead.push(code),
    },
    { ...options, ...(now ? { now } : {}) },
  );
  return { writer, letters, totals };
}

export const TOPIC = 'gateway.calls.v1';

/** Records with offsets from `first` on, as the log would hand them over. */
export function records(
  events: readonly unknown[],
  options: { first?: number; timestamp?: number; partition?: number; topic?: string } = {},
): LogRecord[] {
  const { first = 0, timestamp = DECIDED_AT + 900, partition = 0, topic = TOPIC } = options;
  return events.map((event, index) => ({
    topic,
    partition,
    offset: BigInt(first + index),
    key: 'tenant-a:connection-1',
    type: (event as { type?: string }).type ?? 'Unreadable',
    value: event instanceof Uint8Array ? event : bytesOf(event),
    timestamp,
  }));
}

export function batch(all: readonly LogRecord[], from = 0, to = all.length): LogBatch {
  const part = all.slice(from, to);
  const { topic, partition } = part[0] as LogRecord;
  return { topic, partition, records: part, endOffset: (all.at(-1) as LogRecord).offset + 1n };
}
