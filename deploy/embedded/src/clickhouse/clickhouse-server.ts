import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { Answer, ClickHouseEngine } from './clickhouse-engine.js';
import { ClickHouseException } from './clickhouse-exception.js';
import { readClickHouseRequest } from './clickhouse-request.js';

export interface ClickHouseServerOptions {
  user: string;
  password: string;
  maxBodyBytes: number;
}

const CONTENT_TYPES: Record<string, string> = {
  JSON: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONStrings: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  JSONCompactEachRow: 'application/x-ndjson; charset=UTF-8',
  JSONStringsEachRow: 'application/x-ndjson; charset=UTF-8',
  CSV: 'text/csv; charset=UTF-8; header=absent',
  CSVWithNames: 'text/csv; charset=UTF-8; header=present',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
  TSV: 'text/tab-separated-values; charset=UTF-8',
};

/** ClickHouse's HTTP protocol in front of the engine; a client cannot tell it from a server of its own. */
export function clickHouseServer(engine: ClickHouseEngine, options: ClickHouseServerOptions): Server {
  const server = createServer(
    { maxHeaderSize: 1024 * 1024, keepAliveTimeout: 30_000 },
    (request, response) => {
      void serve(engine, options, request, response).catch((error: unknown) => {
        refuse(response, ClickHouseException.from(error), engine.version);
      });
    },
  );
  // A long INSERT or query is bounded by its own settings.
  server.requestTimeout = 0;
  return server;
}

async function serve(
  engine: ClickHouseEngine,
  options: ClickHouseServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  const bare = !(request.url ?? '').includes('?');
  if (
    request.method === 'GET' &&
    (path === '/ping' || path === '/replicas_status' || (path === '/' && bare))
  ) {
    response.writeHead(200, { 'content-type': 'text/html; charset=UTF-8' }).end('Ok.\n');
    return;
  }
  if (path !== '/') {
    response.writeHead(404).end('There is no handle for this path\n');
    return;
  }
  if (request.method !== 'POST' && request.method !== 'GET') {
    response.writeHead(405, { allow: 'GET, POST' }).end();
    return;
  }
  authenticate(request, options);
  const query = await readClickHouseRequest(request, options);
  const queryId = query.queryId ?? randomUUID();
  response.setHeader('X-ClickHouse-Query-Id', queryId);
  response.once('close', () => {
    if (!response.writableFinished) void engine.cancelRead(queryId).catch(() => undefined);
  });
  await engine.run(query, queryId, (answer) => send(response, answer));
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  response.writeHead(200, {
    'content-type': CONTENT_TYPES[answer.format] ?? 'application/octet-stream',
    'X-ClickHouse-Format': answer.format,
    'X-ClickHouse-Timezone': 'UTC',
    'X-ClickHouse-Server-Display-Name': 'portcullis-embedded',
    'X-ClickHouse-Summary': JSON.stringify(answer.summary),
  });
  for await (const chunk of answer.chunks) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function refuse(response: ServerResponse, exception: ClickHouseException, version: string): void {
  if (response.destroyed) return;
  // Rows are on their way: only a broken answer tells the client that they are not all of them.
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = `${exception.message.trimEnd()} (version ${version})\n`;
  // What was not read of the body cannot be skipped cheaply, so the connection ends with the answer.
  response
    .writeHead(exception.status, {
      'content-type': 'text/plain; charset=UTF-8',
      'X-ClickHouse-Exception-Code': String(exception.code),
      'X-ClickHouse-Server-Display-Name': 'portcullis-embedded',
      ...(response.req.complete ? {} : { connection: 'close' }),
    })
    .end(text);
}

function authenticate(request: IncomingMessage, expected: { user: string; password: string }): void {
  const given = credentials(request);
  if (given && same(given.user, expected.user) && same(given.password, expected.password)) return;
  throw ClickHouseException.of(
    516,
    'AUTHENTICATION_FAILED',
    'Authentication failed: password is incorrect, or there is no user with such name.',
  );
}

function credentials(request: IncomingMessage): { user: string; password: string } | undefined {
  const { authorization } = request.headers;
  if (authorization?.startsWith('Basic ')) {
    const text = Buffer.from(authorization.slice('Basic '.length), 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  const user = request.headers['x-clickhouse-user'];
  const key = request.headers['x-clickhouse-key'];
  if (typeof user === 'string') return { user, password: typeof key === 'string' ? key : '' };
  const { searchParams } = new URL(request.url ?? '/', 'http://engine');
  const named = searchParams.get('user');
  return named === null ? undefined : { user: named, password: searchParams.get('password') ?? '' };
}

function same(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
