import { ClickHouse, ClickHouseError } from '@portcullis/clickhouse';
import { CURSOR_COLUMNS, type Column, type Compiled, type RowCursor } from '@portcullis/lens';
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

/** Longest one query may run. */
const QUERY_LIMIT_MS = 30_000;
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
    this.clickHouse = new ClickHouse({ url, application: 'portcullis-api', readOnly: true, timeoutMs: QUERY_LIMIT_MS });
  }

  async run(compiled: Compiled, options: RunOptions): Promise<Page> {
    const started = performance.now();
    const answer = await this.read(compiled, options);
    const found = answer.rows;
    const rows = found.slice(0, compiled.kind === 'rows' ? compiled.limit : found.length);
    const last = compiled.kind === 'rows' && found.length > compiled.limit ? rows[rows.length - 1] : undefined;
    return {
      columns: compiled.columns,
      rows: rows.map((row) => shown(row, compiled.columns)),
      next: last === undefined ? null : cursorOf(last, options.ceiling),
      tookMs: Math.round((performance.now() - started) * 10) / 10,
      scannedRows: answer.statistics.readRows,
    };
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
  if (/timeout/.test(code)) return new ProblemError({ code: 'lens.too_slow', status: 504, title: 'The query took too long. Narrow the time range or the filter.' }, { cause });
  if (/cancel|abort/.test(code)) return new ProblemError({ code: 'lens.cancelled', status: 499, title: 'The query was cancelled.' }, { cause });
  if (/memory|too_large/.test(code)) return new ProblemError({ code: 'lens.too_large', status: 422, title: 'The query needs too much memory. Narrow the time range or group by fewer values.' }, { cause });
  return new ProblemError({ code: 'audit.store_unavailable', status: 503, title: 'The audit store is unavailable.' }, { cause });
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
