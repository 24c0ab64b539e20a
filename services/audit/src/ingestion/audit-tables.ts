import { AUDIT_EVENTS_TABLE, AUDIT_EVENT_COLUMNS } from '@portcullis/contracts';
import type { ClickHouse } from '@portcullis/clickhouse';
import { columnTime } from '../rows/bounded.js';
import type { AuditRow } from '../rows/audit-row.js';

export interface PartitionKey {
  readonly topic: string;
  readonly partition: number;
}

export interface OffsetRange extends PartitionKey {
  readonly first: bigint;
  readonly last: bigint;
}

/** A row of `audit_pending`; `row` is what `audit_events` gets should the call never complete. */
export interface PendingRow {
  readonly readyAt: number;
  readonly row: AuditRow;
}

/** A row of `audit_dead_letters`. */
export interface DeadLetterRow {
  readonly log_topic: string;
  readonly log_partition: number;
  readonly log_offset: string;
  readonly digest: string;
  readonly dead_at: string;
  readonly code: string;
  readonly detail: string;
  readonly type: string;
  readonly key: string;
  readonly size: number;
}

const EVENT_COLUMNS = Object.keys(AUDIT_EVENT_COLUMNS);

/** The tables this service owns, as its writer sees them. Failures are `ClickHouseError`s. */
export class AuditTables {
  constructor(private readonly clickHouse: ClickHouse) {}

  /** All rows of one table partition, or none. */
  async insertEvents(rows: readonly AuditRow[], deduplicationToken: string): Promise<void> {
    await this.clickHouse.insertRows(AUDIT_EVENTS_TABLE, rows, {
      columns: EVENT_COLUMNS,
      deduplicationToken,
    });
  }

  async insertPending(pending: readonly PendingRow[], deduplicationToken: string): Promise<void> {
    const rows = pending.map(({ readyAt, row }) => ({
      log_topic: row.log_topic,
      log_partition: row.log_partition,
      ready_at: columnTime(readyAt),
      tenant_id: row.tenant_id,
      event_time: row.event_time,
      event_id: row.event_id,
      log_offset: row.log_offset,
      row: JSON.stringify(row),
    }));
    await this.clickHouse.insertRows('audit_pending', rows, { deduplicationToken });
  }

  async insertDeadLetters(rows: readonly DeadLetterRow[]): Promise<void> {
    await this.clickHouse.insertRows('audit_dead_letters', rows);
  }

  /** The highest stored offset of a log partition at or above `from`: a bound for looking, never a place to resume from. */
  async storedHorizon(at: PartitionKey & { readonly from: bigint }): Promise<bigint | undefined> {
    const { rows } = await this.clickHouse.rows<{ n: string; high: string }>(
      `SELECT toString(count()) AS n, toString(max(log_offset)) AS high FROM (${storedSql('log_offset >= {first:UInt64}')})`,
      { params: { topic: at.topic, partition: at.partition, first: at.from.toString() } },
    );
    const found = rows[0];
    return found === undefined || found.n === '0' ? undefined : BigInt(found.high);
  }

  /**
   * What is stored of a range of offsets: for each the id of its row, or the digest of its dead letter. An offset alone
   * proves nothing, since a new log counts from zero again.
   */
  async storedIds(range: OffsetRange): Promise<Map<string, Set<string>>> {
    const { rows } = await this.clickHouse.rows<{ o: string; id: string }>(
      `SELECT toString(log_offset) AS o, id FROM (${storedSql('log_offset BETWEEN {first:UInt64} AND {last:UInt64}')})`,
      {
        params: {
          topic: range.topic,
          partition: range.partition,
          first: range.first.toString(),
          last: range.last.toString(),
        },
      },
    );
    const stored = new Map<string, Set<string>>();
    for (const { o, id } of rows) {
      const ids = stored.get(o);
      if (ids) ids.add(id);
      else stored.set(o, new Set([id]));
    }
    return stored;
  }

  /** Ids of calls decided in a span of time that were stored as `unknown` once. */
  async onceUnknown(fromTime: string, toTime: string): Promise<Set<string>> {
    const { rows } = await this.clickHouse.rows<{ id: string }>(
      `SELECT DISTINCT toString(event_id) AS id FROM ${AUDIT_EVENTS_TABLE}
       WHERE event_time BETWEEN toDateTime64({from:String}, 3, 'UTC') AND toDateTime64({to:String}, 3, 'UTC')
         AND (row_version = 1 OR corrected = 1)`,
      { params: { from: fromTime, to: toTime } },
    );
    return new Set(rows.map((row) => row.id));
  }

  /** The end of the next slice to sweep: at most `limit` calls became ready in it. Undefined when none did. */
  async nextSlice(
    at: PartitionKey,
    after: number,
    until: number,
    limit: number,
  ): Promise<number | undefined> {
    const { rows } = await this.clickHouse.rows<{ n: number; until: number }>(
      `SELECT count() AS n, toUnixTimestamp64Milli(max(ready_at)) AS until FROM (
         SELECT ready_at FROM audit_pending
         WHERE log_topic = {topic:String} AND log_partition = {partition:UInt16}
           AND ready_at > fromUnixTimestamp64Milli({after:Int64}) AND ready_at <= fromUnixTimestamp64Milli({until:Int64})
         ORDER BY ready_at LIMIT {limit:UInt32})`,
      { params: { ...at, after, until, limit } },
    );
    return rows[0] === undefined || rows[0].n === 0 ? undefined : rows[0].until;
  }

  /** Rows of calls that became ready in `(after, until]` and have no row in `audit_events`. */
  async openCalls(at: PartitionKey, after: number, until: number): Promise<AuditRow[]> {
    const range = `log_topic = {topic:String} AND log_partition = {partition:UInt16}
      AND ready_at > fromUnixTimestamp64Milli({after:Int64}) AND ready_at <= fromUnixTimestamp64Milli({until:Int64})`;
    const key = 'tenant_id, event_time, event_id';
    const { rows } = await this.clickHouse.rows<{ row: string }>(
      `SELECT any(row) AS row FROM audit_pending
       WHERE ${range} AND (${key}) NOT IN (
         SELECT ${key} FROM ${AUDIT_EVENTS_TABLE}
         WHERE event_time >= (SELECT min(event_time) FROM audit_pending WHERE ${range})
           AND event_time <= (SELECT max(event_time) FROM audit_pending WHERE ${range})
           AND (${key}) IN (SELECT ${key} FROM audit_pending WHERE ${range}))
       GROUP BY ${key}`,
      { params: { ...at, after, until } },
    );
    return rows.map(({ row }) => JSON.parse(row) as AuditRow);
  }

  async sweptUntil(at: PartitionKey): Promise<number | undefined> {
    const { rows } = await this.clickHouse.rows<{ n: number; until: number }>(
      `SELECT count() AS n, toUnixTimestamp64Milli(max(swept_until)) AS until FROM audit_sweeps
       WHERE log_topic = {topic:String} AND log_partition = {partition:UInt16}`,
      { params: { ...at } },
    );
    return rows[0] === undefined || rows[0].n === 0 ? undefined : rows[0].until;
  }

  async saveSweptUntil(at: PartitionKey, until: number): Promise<void> {
    await this.clickHouse.insertRows('audit_sweeps', [
      { log_topic: at.topic, log_partition: at.partition, swept_until: columnTime(until) },
    ]);
  }

  /** Contract columns that the table lacks or has with another type: none unless a migration is missing. */
  async schemaDifferences(): Promise<string[]> {
    const { rows } = await this.clickHouse.rows<{ name: string; type: string }>(
      'SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String}',
      { params: { table: AUDIT_EVENTS_TABLE } },
    );
    const actual = new Map(rows.map((row) => [row.name, row.type]));
    return Object.entries(AUDIT_EVENT_COLUMNS)
      .filter(([name, type]) => actual.get(name) !== type)
      .map(([name]) => name);
  }

  async counts(): Promise<{ events: number; pending: number; deadLetters: number }> {
    const { rows } = await this.clickHouse.rows<{ table: string; rows: number }>(
      `SELECT table, sum(rows) AS rows FROM system.parts
       WHERE active AND database = currentDatabase() AND table IN ('${AUDIT_EVENTS_TABLE}', 'audit_pending', 'audit_dead_letters')
       GROUP BY table`,
    );
    const of = (table: string) => rows.find((row) => row.table === table)?.rows ?? 0;
    return {
      events: of(AUDIT_EVENTS_TABLE),
      pending: of('audit_pending'),
      deadLetters: of('audit_dead_letters'),
    };
  }
}

/** Every record that was consumed is in exactly one of these three, together with its offset: the set has no holes. */
function storedSql(offsets: string): string {
  const where = `WHERE log_topic = {topic:String} AND log_partition = {partition:UInt16} AND ${offsets}`;
  return `SELECT log_offset, toString(event_id) AS id FROM ${AUDIT_EVENTS_TABLE} ${where}
    UNION ALL SELECT log_offset, toString(event_id) AS id FROM audit_pending ${where}
    UNION ALL SELECT log_offset, digest AS id FROM audit_dead_letters ${where}`;
}
