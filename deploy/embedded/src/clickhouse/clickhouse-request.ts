import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';

import { ClickHouseException } from './clickhouse-exception.js';

/** One HTTP request, read whole, in ClickHouse's terms. */
export interface ClickHouseRequest {
  query: string;
  /** Rows of an INSERT whose statement came in the URL. */
  data: Buffer | undefined;
  database: string | undefined;
  queryId: string | undefined;
  defaultFormat: string | undefined;
  /** `param_*`, still escaped as in TSV: that is how the engine wants them too. */
  params: Map<string, string>;
  settings: Map<string, string>;
  /** Hold the answer back until the query is done, so that status and summary are final. */
  waitEndOfQuery: boolean;
  /** GET and HEAD may not write. */
  readOnly: boolean;
}

export interface RequestLimits {
  /** Largest body, after decompression. */
  maxBodyBytes: number;
}

/** URL parameters that are not settings. Those that ask for what the engine cannot do are refused below. */
const IGNORED = new Set([
  'user', 'password', 'quota_key', 'buffer_size', 'send_progress_in_http_headers', 'enable_http_compression',
  'http_zlib_compression_level', 'http_headers_progress_interval_ms', 'add_http_cors_header', 'client_protocol_version',
  'stacktrace', 'session_timeout', 'session_check', 'close_session', 'cancel_http_readonly_queries_on_client_close',
  // Chosen here: queries are found by it when they are cancelled.
  'log_comment',
]); // prettier-ignore
const UNSUPPORTED = new Set(['session_id', 'role', 'decompress', 'compress']);

const NAME = /^[A-Za-z_][A-Za-z0-9_.]{0,127}$/;
const MAX_PARAMETERS = 2_000;

export async function readClickHouseRequest(
  request: IncomingMessage,
  limits: RequestLimits,
): Promise<ClickHouseRequest> {
  const url = new URL(request.url ?? '/', 'http://engine');
  const entries: [string, string][] = [...url.searchParams];
  let body = await readBody(request, limits.maxBodyBytes);
  const contentType = request.headers['content-type'] ?? '';
  if (contentType.startsWith('multipart/form-data')) {
    entries.push(...(await formEntries(body, contentType)));
    body = Buffer.alloc(0);
  }
  if (entries.length > MAX_PARAMETERS) {
    throw ClickHouseException.of(36, 'BAD_ARGUMENTS', `More than ${MAX_PARAMETERS} parameters`);
  }
  const result: ClickHouseRequest = {
    query: '',
    data: undefined,
    database: header(request, 'x-clickhouse-database'),
    queryId: header(request, 'x-clickhouse-query-id'),
    defaultFormat: header(request, 'x-clickhouse-format'),
    params: new Map(),
    settings: new Map(),
    waitEndOfQuery: false,
    readOnly: request.method === 'GET' || request.method === 'HEAD',
  };
  for (const [name, value] of entries) assign(result, name, value);
  if (result.query === '') result.query = body.toString('utf8');
  else if (body.length > 0) result.data = body;
  if (result.query.trim() === '') throw ClickHouseException.of(62, 'SYNTAX_ERROR', 'Empty query');
  return result;
}

function assign(result: ClickHouseRequest, name: string, value: string): void {
  switch (name) {
    case 'query':
      result.query += value;
      return;
    case 'database':
      result.database = value;
      return;
    case 'query_id':
      if (value !== '') result.queryId = value;
      return;
    case 'default_format':
      result.defaultFormat = value;
      return;
    case 'wait_end_of_query':
      result.waitEndOfQuery = value === '1' || value === 'true';
      return;
  }
  if (!NAME.test(name)) throw ClickHouseException.of(36, 'BAD_ARGUMENTS', 'Invalid parameter name');
  if (name.startsWith('param_')) result.params.set(name.slice('param_'.length), value);
  else if (UNSUPPORTED.has(name)) {
    if (value !== '' && value !== '0') {
      throw ClickHouseException.of(48, 'NOT_IMPLEMENTED', `The embedded engine has no ${name}`);
    }
  } else if (!IGNORED.has(name)) result.settings.set(name, value);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'gzip' && encoding !== 'identity') {
    throw ClickHouseException.of(48, 'NOT_IMPLEMENTED', 'Only gzip request bodies are read');
  }
  const gunzip = encoding === 'gzip' ? createGunzip() : undefined;
  if (gunzip) request.once('error', (error) => gunzip.destroy(error));
  const source = gunzip ? request.pipe(gunzip) : request;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit)
        throw ClickHouseException.of(307, 'TOO_MANY_BYTES', `The body is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ClickHouseException) throw error;
    throw ClickHouseException.of(354, 'ZLIB_INFLATE_FAILED', 'The body could not be read');
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

async function formEntries(body: Buffer, contentType: string): Promise<[string, string][]> {
  try {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData();
    return [...form].map(([name, value]) => {
      if (typeof value !== 'string')
        throw ClickHouseException.of(48, 'NOT_IMPLEMENTED', 'No external tables here');
      return [name, value];
    });
  } catch (error) {
    if (error instanceof ClickHouseException) throw error;
    throw ClickHouseException.of(36, 'BAD_ARGUMENTS', 'Malformed multipart body');
  }
}
