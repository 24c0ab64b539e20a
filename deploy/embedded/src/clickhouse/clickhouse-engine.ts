import { Session } from 'chdb';

import { ClickHouseException } from './clickhouse-exception.js';
import type { ClickHouseRequest } from './clickhouse-request.js';
import { Lane } from './lane.js';
import { nanoseconds, splitProgress, statisticsOf, type QuerySummary } from './query-summary.js';
import {
  formatClause,
  hasSecondStatement,
  parseInsertHead,
  quoteName,
  quoteString,
  scanSql,
  type SqlScan,
} from './sql-scan.js';

export interface EngineLimits {
  /** SELECTs that run at once. Everything that writes runs one after the other. */
  readers: number;
  /** Statements that may wait in each lane. */
  maxWaiting: number;
  /** Seconds a query may take when it does not say so itself. */
  maxExecutionSeconds: number;
  /** Bytes of memory a query may take when it does not say so itself. */
  maxQueryMemoryBytes: number;
  /** Largest answer in a format that cannot be streamed. */
  maxBufferedResultBytes: number;
}

export interface Answer {
  format: string;
  /** Complete for a buffered answer; of a streamed one only what was known before its first row. */
  summary: QuerySummary;
  chunks: AsyncIterable<Uint8Array>;
}

/** Formats whose chunks can be laid end to end. */
const STREAMED = new Set([
  'JSONEachRow', 'JSONStringsEachRow', 'JSONCompactEachRow', 'JSONCompactStringsEachRow', 'JSONCompactEachRowWithNames',
  'JSONCompactEachRowWithNamesAndTypes', 'CSV', 'CSVWithNames', 'TSV', 'TSVWithNames', 'TabSeparated', 'TabSeparatedWithNames', 'RowBinary',
]); // prettier-ignore
/** Formats the engine parses from bytes; others travel as text inside the statement. */
const RAW_INSERT = new Set([
  'JSONEachRow', 'JSONCompactEachRow', 'CSV', 'CSVWithNames', 'TSV', 'TSVWithNames', 'TabSeparated', 'TabSeparatedWithNames',
] as const); // prettier-ignore
type RawInsertFormat = typeof RAW_INSERT extends Set<infer T> ? T : never;

const READS = new Set(['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', 'CHECK', 'FROM']);
/** The engine streams these and nothing else that answers rows. */
const STREAMS = new Set(['SELECT', 'WITH']);
/** A query is looked for this often until the engine knows it well enough to cancel it. */
const KILL_RETRY_MS = 100;

interface Running {
  cancelled: boolean;
  /** The engine has it; until then there is nothing to kill. */
  started: boolean;
  read: boolean;
}

/**
 * The ClickHouse engine of one data folder. Each statement gets a connection of its own (1 ms), as each HTTP request
 * to a server does: settings, parameters and the current database of one are never seen by another, and parameters
 * need not pass through the one queue that chdb keeps for bound queries.
 */
export class ClickHouseEngine {
  private readonly base: Session;
  private readonly readers: Lane;
  private readonly writer: Lane;
  private readonly control = new Lane(1, 1_000);
  private readonly running = new Map<string, Running>();
  readonly version: string;

  constructor(
    private readonly dir: string,
    private readonly limits: EngineLimits,
  ) {
    // Holds the data folder open between statements.
    this.base = new Session(dir);
    this.readers = new Lane(limits.readers, limits.maxWaiting);
    this.writer = new Lane(1, limits.maxWaiting);
    this.version = this.base.query('SELECT version()', 'TSV').trim();
  }

  /**
   * Runs one statement and hands its answer to `deliver`; the statement keeps its place until that is done. Errors
   * before the first byte reject without `deliver` having been called.
   */
  async run(
    request: ClickHouseRequest,
    queryId: string,
    deliver: (answer: Answer) => Promise<void>,
  ): Promise<void> {
    const scan = scanSql(request.query);
    if (this.running.has(queryId)) {
      throw ClickHouseException.of(
        216,
        'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING',
        `Query with id = ${queryId} is already running`,
      );
    }
    const read = READS.has(scan.verb);
    if (request.readOnly && !read) {
      throw ClickHouseException.of(164, 'READONLY', 'Cannot execute query in readonly mode: use POST');
    }
    if (scan.verb !== 'INSERT' && hasSecondStatement(scan)) {
      throw ClickHouseException.of(62, 'SYNTAX_ERROR', 'Multi-statements are not allowed');
    }
    const lane = read ? this.readers : scan.verb === 'KILL' ? this.control : this.writer;
    const state: Running = { cancelled: false, started: false, read };
    this.running.set(queryId, state);
    try {
      await lane.run(async () => {
        if (state.cancelled) throw cancelled();
        state.started = true;
        await this.withSession(request, queryId, async (session) => {
          await deliver(await this.answer(session, request, scan, state));
        });
      });
    } finally {
      this.running.delete(queryId);
    }
  }

  /** Ends a read that nobody waits for any more. Writes run to their end, so that their outcome is known. */
  async cancelRead(queryId: string): Promise<void> {
    const state = this.running.get(queryId);
    if (!state?.read) return;
    state.cancelled = true;
    while (this.running.has(queryId)) {
      await this.control.run(async () => {
        await this.base.queryAsync(
          `KILL QUERY WHERE Settings['log_comment'] = ${quoteString(queryId)} ASYNC`,
        );
      });
      await new Promise((resolve) => setTimeout(resolve, KILL_RETRY_MS));
    }
  }

  /** Cancels reads, lets writes end, and closes the data folder. */
  async close(): Promise<void> {
    await Promise.all([...this.running.keys()].map((id) => this.cancelRead(id)));
    while (this.running.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    this.base.close();
  }

  private async withSession(
    request: ClickHouseRequest,
    queryId: string,
    work: (session: Session) => Promise<void>,
  ): Promise<void> {
    const session = new Session(this.dir);
    try {
      await session.queryAsync(this.setup(request, queryId));
      await work(session);
    } catch (error) {
      throw ClickHouseException.from(error);
    } finally {
      session.close();
    }
  }

  private setup(request: ClickHouseRequest, queryId: string): string {
    const settings = new Map<string, string>([
      ['async_insert', '0'],
      ['max_execution_time', String(this.limits.maxExecutionSeconds)],
      ['max_memory_usage', String(this.limits.maxQueryMemoryBytes)],
      ...request.settings,
      ['log_comment', queryId],
    ]);
    for (const [name, value] of request.params) settings.set(`param_${name}`, value);
    const assignments = [...settings].map(([name, value]) => `${name} = ${quoteString(value)}`).join(', ');
    const use = request.database === undefined ? '' : `USE ${quoteName(request.database)}; `;
    return `${use}SET ${assignments}`;
  }

  private async answer(
    session: Session,
    request: ClickHouseRequest,
    scan: SqlScan,
    state: Running,
  ): Promise<Answer> {
    if (scan.verb === 'INSERT') return this.insert(session, request);
    if (scan.verb === 'KILL')
      return this.single(session, killById(request.query, scan), request.defaultFormat ?? 'TSV');
    const sql =
      request.data === undefined ? request.query : `${request.query}\n${request.data.toString('utf8')}`;
    const clause = formatClause(scan);
    const format = clause?.name ?? request.defaultFormat ?? 'TabSeparated';
    const streams = STREAMS.has(scan.verb) && STREAMED.has(format);
    if (!streams) {
      await session.queryAsync(`SET max_result_bytes = ${this.limits.maxBufferedResultBytes}`);
      return this.single(session, sql, format);
    }
    if (request.waitEndOfQuery && format === 'JSONEachRow') return this.counted(session, sql, clause);
    return this.streamed(session, sql, format, request.waitEndOfQuery, state);
  }

  private async insert(session: Session, request: ClickHouseRequest): Promise<Answer> {
    const head = request.data && parseInsertHead(request.query);
    if (request.data && head && isRawFormat(head.format)) {
      const result = await session.insert({
        table: head.table,
        ...(head.columns ? { columns: head.columns } : {}),
        format: head.format,
        values: request.data,
      });
      return {
        format: head.format,
        summary: {
          written_rows: String(result.rowsWritten),
          written_bytes: String(result.bytesWritten),
          elapsed_ns: nanoseconds(result.elapsed),
        },
        chunks: none(),
      };
    }
    const text = request.data === undefined ? '' : `\n${decodeUtf8(request.data)}`;
    return this.single(session, request.query + text, request.defaultFormat ?? 'TabSeparated');
  }

  private async single(session: Session, sql: string, format: string): Promise<Answer> {
    const result = await session.queryAsync(sql, { format });
    const bytes = result.bytes();
    return {
      format,
      summary: { ...statisticsOf(bytes), elapsed_ns: nanoseconds(result.elapsed) },
      chunks: one(bytes),
    };
  }

  /** JSONEachRow carries no statistics, so they are read from its sister format that reports progress. */
  private async counted(
    session: Session,
    sql: string,
    clause: { start: number; end: number } | undefined,
  ): Promise<Answer> {
    const plain = clause ? sql.slice(0, clause.start) + sql.slice(clause.end) : sql;
    await session.queryAsync(`SET max_result_bytes = ${this.limits.maxBufferedResultBytes}`);
    const result = await session.queryAsync(plain, { format: 'JSONEachRowWithProgress' });
    const { rows, read } = splitProgress(Buffer.from(result.bytes()));
    return {
      format: 'JSONEachRow',
      summary: { ...read, elapsed_ns: nanoseconds(result.elapsed) },
      chunks: one(rows),
    };
  }

  private async streamed(
    session: Session,
    sql: string,
    format: string,
    buffer: boolean,
    state: Running,
  ): Promise<Answer> {
    const started = process.hrtime.bigint();
    const stream = session.queryStream(sql, { format });
    const chunks = stream[Symbol.asyncIterator]();
    // The first chunk before any header: a failing query then answers with a status.
    const first = await chunks.next();
    async function* rest(): AsyncGenerator<Uint8Array> {
      try {
        for (let next = first; !next.done; next = await chunks.next()) {
          if (state.cancelled) throw cancelled();
          yield next.value.raw();
        }
      } finally {
        stream.cancel();
      }
    }
    const body = buffer ? all(await collect(rest())) : rest();
    return { format, summary: { elapsed_ns: String(process.hrtime.bigint() - started) }, chunks: body };
  }
}

function cancelled(): ClickHouseException {
  return ClickHouseException.of(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled');
}

function isRawFormat(format: string): format is RawInsertFormat {
  return RAW_INSERT.has(format as RawInsertFormat);
}

/** The engine gives queries ids of its own; the caller's is kept as their log comment. */
function killById(sql: string, scan: SqlScan): string {
  return [...scan.bare.matchAll(/\bquery_id\b/gi)]
    .reverse()
    .reduce(
      (text, { index }) => `${text.slice(0, index)}Settings['log_comment']${text.slice(index + 8)}`,
      sql,
    );
}

function decodeUtf8(data: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch (cause) {
    throw new ClickHouseException(
      48,
      'Code: 48. DB::Exception: Binary input formats are not read here (NOT_IMPLEMENTED)',
      {
        cause,
      },
    );
  }
}

async function* none(): AsyncGenerator<Uint8Array> {}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

async function* all(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts;
}
