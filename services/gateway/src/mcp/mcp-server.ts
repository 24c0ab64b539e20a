import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from 'pino';
import { REFUSALS, type RefusalReason } from '@portcullis/contracts';
import type { Discovery } from './discovery.js';
import { Exchange } from './exchange.js';
import type { OriginGuard } from './origin-guard.js';
import { Refusal, errorBody } from './refusal.js';
import { traceIdOf } from './request-head.js';
import type { Refusing } from './refusing.js';
import type { RequestPath } from './request-path.js';
import type { SessionPath } from './session-path.js';
import type { SourceAddress } from './source-address.js';

export interface McpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly maxConnections: number;
  readonly requestPath: RequestPath;
  readonly sessionPath: SessionPath;
  readonly refusing: Refusing;
  readonly discovery: Discovery;
  readonly originGuard: OriginGuard;
  readonly sourceAddress: SourceAddress;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

const HEADERS_LIMIT = 32 * 1024;
/** Longer than load balancers keep idle connections, so that they close first. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 20_000;
/** Clients that connect at the same moment, as after a restart; the system may allow fewer. */
const BACKLOG = 4_096;
const REQUEST_MS = 120_000;

const PREFLIGHT = [
  'access-control-allow-methods',
  'GET, POST, DELETE, OPTIONS',
  'access-control-allow-headers',
  'Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID, X-Igris-User, X-Igris-Trace-Id, X-Igris-Metadata, X-Igris-Errors',
  'access-control-max-age',
  '600',
];

/** The outward listener: plain Node, because every layer on the way of a call is paid for by every call. */
export class McpServer {
  readonly server: Server;

  constructor(private readonly options: McpServerOptions) {
    const settings = {
      maxHeaderSize: HEADERS_LIMIT,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      noDelay: true,
    };
    const listener = (request: IncomingMessage, response: ServerResponse): void =>
      this.handle(request, response);
    this.server =
      options.tls === undefined
        ? createServer(settings, listener)
        : createTlsServer({ ...settings, ...options.tls, minVersion: 'TLSv1.2' }, listener);
    this.server.maxConnections = options.maxConnections;
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseUnparsed(error, socket),
    );
  }

  async start(): Promise<void> {
    const { host, port } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ port, host, backlog: BACKLOG }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no new connections; resolves when the last request is answered. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeIdleConnections();
    });
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    const { originGuard, sourceAddress, discovery } = this.options;
    const { origin } = request.headers;
    const allowedOrigin = originGuard.allowsOrigin(origin);
    const exchange = new Exchange(
      request,
      response,
      sourceAddress.of(request),
      traceIdOf(request),
      allowedOrigin ? origin : undefined,
    );
    const url = request.url ?? '/';
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    const slug = slugOf(path);
    if (!allowedOrigin || !originGuard.allowsHost(request))
      return this.run(exchange, this.refuse(exchange, slug, 'origin.forbidden'));
    const { method } = request;
    if (method === 'OPTIONS') return exchange.empty(204, origin === undefined ? undefined : PREFLIGHT);
    if (slug === undefined) {
      if (discovery.answer(exchange, path, method)) return;
      return exchange.json(404, '{"error":"not_found"}');
    }
    if (method === 'POST') return this.run(exchange, this.options.requestPath.post(exchange, slug));
    if (method === 'GET') return this.run(exchange, this.options.sessionPath.get(exchange, slug));
    if (method === 'DELETE') return this.run(exchange, this.options.sessionPath.delete(exchange, slug));
    this.run(exchange, this.refuse(exchange, slug, 'request.method_not_allowed'));
  }

  private async refuse(exchange: Exchange, slug: string | undefined, reason: RefusalReason): Promise<void> {
    await this.options.refusing.unread(exchange, slug ?? null, new Refusal(reason));
  }

  private run(exchange: Exchange, work: Promise<void>): void {
    work.catch((error: unknown) => {
      // A bug: nothing was forwarded that is not on record, but what the client should be told is not known.
      this.options.logger.error({ err: error }, 'a request failed unexpectedly');
      if (exchange.response.headersSent) exchange.response.destroy();
      else
        exchange.json(500, '{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"Internal error."}}');
    });
  }
}

function slugOf(path: string): string | undefined {
  const start = path.startsWith('/v1/mcp/')
    ? '/v1/mcp/'.length
    : path.startsWith('/proxy/')
      ? '/proxy/'.length
      : -1;
  if (start < 0 || start === path.length || path.length - start > LONGEST_SLUG) return undefined;
  const slug = path.slice(start);
  return slug.includes('/') ? undefined : slug;
}

const LONGEST_SLUG = 128;

/** What never became a request: headers over the limit, broken HTTP, a client that takes for ever. */
function refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const reason = error.code === 'HPE_HEADER_OVERFLOW' ? 'request.too_large' : 'request.malformed';
  const body = errorBody(new Refusal(reason), null);
  const { status } = REFUSALS[reason];
  socket.end(
    `HTTP/1.1 ${status} ${status === 413 ? 'Payload Too Large' : 'Bad Request'}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `x-portcullis-refusal: ${reason}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
