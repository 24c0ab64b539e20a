import { ClickHouse, ClickHouseError } from '@portcullis/clickhouse';
import { AUDIT_EVENTS_TABLE } from '@portcullis/contracts';
import { CURSOR_COLUMNS, type Column, type Compiled, type RowCursor, type Scope } from '@portcullis/lens';
import { ProblemError } from '@portcullis/service';

export interface Page {
  readonly columns: readonly Column[];
  readonly rows: readonly Record<string, unknown>[];
  /** Where the next page starts; null at the end, and for tables and series. */
  readonly next: RowCursor | null;
  readonly tookMs: number;
  readonly scannedRows: number;
}

export interface RunOptions {
  readonly queryId: string;
  readonly ceiling: number;
  readonly signal?: AbortSignal;
}

export interface StoreSize {
  /** Copies that are not merged yet included. */
  readonly rows: number;
  /** Compressed. */
  readonly bytes: number;
  /** Milliseconds since the epoch; null when the store is empty. */
  readonly oldest: number | null;
  readonly newest: number | null;
}

/** Longest one query may run. */
const QUERY_LIMIT_MS = 30_000;
const SIZE_LIMIT_MS = 3_000;
const READ_SETTINGS = {
  max_memory_usage: 4_000_000_000,
  // Copies of a row always share a partition (its key is a function of the row), so partitions need not be merged together.
  do_not_merge_across_partitions_select_final: 1,
} as const;
const JSON_FIELDS = ['args', 'result', 'conditions'];

/** Runs compiled Lens queries on the audit tables, read-only. */
export class AuditStore {
  private readonly clickHouse: ClickHouse;

  constructor(url: string) {
    this.clickHouse = new ClickHouse({
      url,
      application: 'portcullis-api',
      readOnly: true,
      timeoutMs: QUERY_LIMIT_MS,
    });
  }

  async run(compiled: Compiled, options: RunOptions): Promise<Page> {
    const started = performance.now();
    const answer = await this.read(compiled, options);
    const found = answer.rows;
    const rows = found.slice(0, compiled.kind === 'rows' ? compiled.limit : found.length);
    const last =
      compiled.kind === 'rows' && found.length > compiled.limit ? rows[rows.length - 1] : undefined;
    return {
      columns: compiled.columns,
      rows: rows.map((row) => shown(row, compiled.columns)),
      next: last === undefined ? null : cursorOf(last, options.ceiling),
      tookMs: Math.round((performance.now() - started) * 10) / 10,
      scannedRows: answer.statistics.readRows,
    };
  }

  /** Events that are no calls as they were recorded, as JSON text by id; of the organization and time of the scope alone. */
  async recorded({ tenantId, from, to }: Scope, ids: readonly string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map();
    const sql =
      `SELECT toString(event_id) AS id, any(raw) AS recorded FROM ${AUDIT_EVENTS_TABLE} ` +
      "WHERE tenant_id = {tenant:String} AND event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') " +
      "AND event_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC') AND event_id IN {ids:Array(UUID)} GROUP BY event_id";
    const { rows } = await this.guarded(() =>
      this.clickHouse.rows<{ id: string; recorded: string }>(sql, {
        params: { tenant: tenantId, from, to, ids },
        maxExecutionMs: QUERY_LIMIT_MS,
      }),
    );
    return new Map(rows.map(({ id, recorded }) => [id, recorded]));
  }

  /** How much the store holds, of all organizations: answered from what the engine knows of its parts. */
  async size(): Promise<StoreSize> {
    const rows = `SELECT count() AS rows, toUnixTimestamp64Milli(min(event_time)) AS oldest, toUnixTimestamp64Milli(max(event_time)) AS newest FROM ${AUDIT_EVENTS_TABLE}`;
    const bytes = `SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND table = '${AUDIT_EVENTS_TABLE}'`;
    return this.guarded(async () => {
      const limits = { maxExecutionMs: SIZE_LIMIT_MS, signal: AbortSignal.timeout(SIZE_LIMIT_MS) };
      const [counted, weighed] = await Promise.all([
        this.clickHouse.rows<{ rows: number; oldest: number; newest: number }>(rows, limits),
        this.clickHouse.rows<{ bytes: number }>(bytes, limits),
      ]);
      const [size] = counted.rows;
      const count = Number(size?.rows ?? 0);
      return {
        rows: count,
        bytes: Number(weighed.rows[0]?.bytes ?? 0),
        oldest: count === 0 ? null : Number(size?.oldest),
        newest: count === 0 ? null : Number(size?.newest),
      };
    });
  }

  cancel(queryId: string): Promise<void> {
    return this.guarded(() => this.clickHouse.cancel(queryId));
  }

  close(): Promise<void> {
    return this.clickHouse.close();
  }

  private read(compiled: Compiled, options: RunOptions) {
    return this.guarded(() =>
      this.clickHouse.rows(compiled.sql, {
        params: compiled.parameters,
        queryId: options.queryId,
        maxExecutionMs: QUERY_LIMIT_MS,
        settings: READ_SETTINGS,
        ...(options.signal ? { signal: options.signal } : {}),
      }),
    );
  }

  private async guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      throw problemOfStore(cause);
    }
  }
}

function problemOfStore(cause: unknown): ProblemError {
  const code = cause instanceof ClickHouseError ? cause.code : 'clickhouse.unknown';
  if (/timeout/.test(code))
    return new ProblemError(
      {
        code: 'lens.too_slow',
        status: 504,
        title: 'The query took too long. Narrow the time range or the filter.',
      },
      { cause },
    );
  if (/cancel|abort/.test(code))
    return new ProblemError(
      { code: 'lens.cancelled', status: 499, title: 'The query was cancelled.' },
      { cause },
    );
  if (/memory|too_large/.test(code))
    return new ProblemError(
      {
        code: 'lens.too_large',
        status: 422,
        title: 'The query needs too much memory. Narrow the time range or group by fewer values.',
      },
      { cause },
    );
  return new ProblemError(
    { code: 'audit.store_unavailable', status: 503, title: 'The audit store is unavailable.' },
    { cause },
  );
}

function cursorOf(row: Record<string, unknown>, ceiling: number): RowCursor {
  const sort = row[CURSOR_COLUMNS.sort];
  return {
    sort: typeof sort === 'number' ? sort : String(sort ?? ''),
    time: Number(row[CURSOR_COLUMNS.time]),
    id: String(row[CURSOR_COLUMNS.id]),
    ceiling,
  };
}

/** The row as people get it: its columns alone, JSON text as JSON where it is whole. */
function shown(row: Record<string, unknown>, columns: readonly Column[]): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ name }) => {
      const value = row[name];
      return [name, JSON_FIELDS.includes(name) && typeof value === 'string' ? jsonOr(value) : value];
    }),
  );
}

/** Payload that was cut when it was recorded is no longer JSON and stays text. */
function jsonOr(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
