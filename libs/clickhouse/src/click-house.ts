import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient, drainStream, type ClickHouseClient } from '@clickhouse/client';
import { ClickHouseError, clickHouseErrorOf } from './click-house-error.js';
import { jsonEachRow } from './json-each-row.js';

export interface ClickHouseOptions {
  /** `http://user:password@host:port/database`. */
  readonly url: string;
  /** Shown in the server's query log. */
  readonly application: string;
  /** Sockets kept open at most; further requests wait for one. Default 10. */
  readonly maxConnections?: number;
  /** Longest a request may take when it does not say so itself. Default 30 s. */
  readonly timeoutMs?: number;
  /** Compress inserts with gzip: for a store on another machine. Default off. */
  readonly compressInserts?: boolean;
  /** Let the server refuse every statement that is not a read. */
  readonly readOnly?: boolean;
}

export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface QueryOptions {
  /** Values for `{name:Type}` placeholders. Nothing else carries values into a statement. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Names the query for `cancel`; a UUID unless given. */
  readonly queryId?: string;
  /** The server ends the query after this long; the request itself is given up a little later. */
  readonly maxExecutionMs?: number;
  /** Ends the request, and with it the query. */
  readonly signal?: AbortSignal;
  readonly settings?: Settings;
}

export interface QueryStatistics {
  readonly elapsedMs: number;
  readonly readRows: number;
  readonly readBytes: number;
}

export interface Rows<Row> {
  readonly queryId: string;
  readonly rows: Row[];
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly statistics: QueryStatistics;
}

export type StreamFormat = 'JSONEachRow' | 'CSVWithNames';

export interface InsertOptions {
  /**
   * Columns the rows are sent by, without their names: a third less work for the server where there are many. What a row
   * does not have takes the column's default. Left out: each row names its own.
   */
  readonly columns?: readonly string[];
  /**
   * The server keeps the tokens of a table's last 10,000 inserts and answers a repeated one without storing it again.
   * Guards a blind retry only: the same rows cut into other batches have other tokens.
   */
  readonly deduplicationToken?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** One insert is one block: stored whole or not at all. Larger ones are refused, not cut. */
export const INSERT_LIMITS = { rows: 50_000, bytes: 64 * 1024 * 1024 } as const;

/** Of tables and columns. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** What a request gets on top of the server's own limit, so that the server's answer arrives first. */
const GRACE_MS = 2_000;

interface JsonAnswer<Row> {
  meta: { name: string; type: string }[];
  data: Row[];
  statistics: { elapsed: number; rows_read: number; bytes_read: number };
}

/**
 * The audit store. Values travel as bound parameters; failures are `ClickHouseError`s that say what can be done about
 * them. Never retries by itself.
 *
 * 64-bit integers arrive as numbers: above 2^53 they lose digits unless the statement turns them into text.
 */
export class ClickHouse {
  private readonly client: ClickHouseClient;
  private readonly timeoutMs: number;

  constructor(private readonly options: ClickHouseOptions) {
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.client = createClient({
      url: options.url,
      application: options.application,
      max_open_connections: options.maxConnections ?? 10,
      // Above every per-request limit: the signal of a request decides.
      request_timeout: 24 * 3_600_000,
      compression: { request: options.compressInserts ?? false, response: false },
      log: { level: ClickHouseLogLevel.OFF },
      use_multipart_params_auto: false,
    });
  }

  /** Rejects unless the server answers a query. */
  async ping(options: { timeoutMs?: number } = {}): Promise<void> {
    await this.rows('SELECT 1', { maxExecutionMs: options.timeoutMs ?? 2_000 });
  }

  /** All rows of a bounded query, as objects by column name. */
  async rows<Row = Record<string, unknown>>(sql: string, options: QueryOptions = {}): Promise<Rows<Row>> {
    return this.attempt(options, async (request) => {
      const result = await this.client.query({
        ...request,
        query: sql,
        format: 'JSON',
        clickhouse_settings: {
          ...request.clickhouse_settings,
          wait_end_of_query: 1,
          output_format_json_quote_64bit_integers: 0,
          output_format_json_quote_denormals: 0,
        },
      });
      const answer = (await result.json()) as unknown as JsonAnswer<Row>;
      return {
        queryId: result.query_id,
        rows: answer.data,
        columns: answer.meta,
        statistics: {
          elapsedMs: answer.statistics.elapsed * 1000,
          readRows: answer.statistics.rows_read,
          readBytes: answer.statistics.bytes_read,
        },
      };
    });
  }

  /**
   * The result as bytes, row by row, for handing on: rejects when the query fails before its first row; a later failure
   * is an error of the stream, so that a cut result never looks complete. Destroying the stream ends the query.
   */
  async stream(
    sql: string,
    format: StreamFormat,
    options: QueryOptions = {},
  ): Promise<{ queryId: string; body: Readable }> {
    const abort = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
    return this.attempt({ ...options, signal }, async (request) => {
      const result = await this.client.query({
        ...request,
        query: sql,
        format,
        clickhouse_settings: { ...request.clickhouse_settings, output_format_json_quote_64bit_integers: 0 },
      });
      async function* lines(): AsyncGenerator<string> {
        try {
          for await (const rows of result.stream()) yield rows.map((row) => `${row.text}\n`).join('');
        } catch (error) {
          throw clickHouseErrorOf(error, request.abort_signal);
        }
      }
      const body = Readable.from(lines(), { objectMode: false });
      body.once('close', () => {
        result.close();
        abort.abort();
      });
      return { queryId: result.query_id, body };
    });
  }

  /** A statement without an answer: DDL, INSERT ... SELECT. */
  async command(sql: string, options: QueryOptions = {}): Promise<void> {
    await this.attempt(options, async (request) => {
      await this.client.command({
        ...request,
        query: sql,
        clickhouse_settings: { ...request.clickhouse_settings, wait_end_of_query: 1 },
      });
    });
  }

  /** Resolves when the rows are stored. A rejected insert may have been stored all the same. */
  async insertRows(table: string, rows: readonly object[], options: InsertOptions = {}): Promise<void> {
    if (rows.length === 0) return;
    const { columns } = options;
    for (const name of [table, ...(columns ?? [])])
      if (!NAME.test(name)) throw new TypeError(`not a name: ${JSON.stringify(name)}`);
    const body = jsonEachRow(columns ? rows.map((row) => valuesOf(row, columns)) : rows);
    const into = columns
      ? `${table} (${columns.map((column) => `\`${column}\``).join(', ')}) FORMAT JSONCompactEachRow`
      : `${table} FORMAT JSONEachRow`;
    if (rows.length > INSERT_LIMITS.rows || body.length > INSERT_LIMITS.bytes) {
      throw new ClickHouseError({ kind: 'data', code: 'clickhouse.too_large' });
    }
    await this.attempt(
      {
        ...(options.signal ? { signal: options.signal } : {}),
        maxExecutionMs: options.timeoutMs ?? this.timeoutMs,
        settings: options.deduplicationToken
          ? { insert_deduplication_token: options.deduplicationToken }
          : {},
      },
      async (request) => {
        const result = await this.client.exec({
          ...request,
          query: `INSERT INTO ${into}`,
          values: Readable.from([body], { objectMode: false }),
          clickhouse_settings: {
            ...request.clickhouse_settings,
            async_insert: 0,
            wait_end_of_query: 1,
            insert_deduplicate: 1,
            input_format_skip_unknown_fields: 0,
            input_format_null_as_default: 1,
          },
        });
        await drainStream(result.stream);
      },
    );
  }

  /** Asks the server to end a query. Returns at once; a query that has ended, or never was, is no error. */
  async cancel(queryId: string): Promise<void> {
    await this.attempt({ params: { id: queryId }, maxExecutionMs: 5_000 }, async (request) => {
      await this.client.command({ ...request, query: 'KILL QUERY WHERE query_id = {id:String} ASYNC' });
    });
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async attempt<Result>(
    options: QueryOptions,
    send: (request: Request) => Promise<Result>,
  ): Promise<Result> {
    const limitMs = options.maxExecutionMs ?? this.timeoutMs;
    const timeout = AbortSignal.timeout(limitMs + GRACE_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    try {
      signal.throwIfAborted();
      return await send({
        query_id: options.queryId ?? randomUUID(),
        query_params: options.params ?? {},
        abort_signal: signal,
        clickhouse_settings: {
          max_execution_time: Math.max(1, Math.ceil(limitMs / 1000)),
          cancel_http_readonly_queries_on_client_close: 1,
          ...(this.options.readOnly ? { readonly: '2' } : {}),
          ...settingsOf(options.settings),
        },
      });
    } catch (error) {
      throw clickHouseErrorOf(error, signal);
    }
  }
}

function valuesOf(row: object, columns: readonly string[]): unknown[] {
  return columns.map((column) => (row as Record<string, unknown>)[column] ?? null);
}

interface Request {
  readonly query_id: string;
  readonly query_params: Record<string, unknown>;
  readonly abort_signal: AbortSignal;
  readonly clickhouse_settings: Record<string, string | number>;
}

function settingsOf(settings: Settings = {}): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? Number(value) : value,
    ]),
  );
}
