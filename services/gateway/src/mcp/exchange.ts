import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Refusal, refusalAnswer, refusalHeaders, type RefusedRequest } from './refusal.js';

/** One HTTP request and what every answer to it carries. Headers and body leave in one write. */
export class Exchange {
  readonly receivedAt = performance.now();

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly sourceIp: string,
    /** Null when the caller's own is unusable. */
    readonly traceId: string | null,
    /** Origin of the page that asks, when it is an allowed one. */
    private readonly origin: string | undefined,
  ) {
    response.sendDate = false;
  }

  json(status: number, body: Buffer | string, extra?: readonly string[]): void {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    this.head(status, extra, 'content-type', 'application/json', 'content-length', String(length));
    this.response.end(body);
  }

  empty(status: number, extra?: readonly string[]): void {
    this.head(status, extra, 'content-length', '0');
    this.response.end();
  }

  beginEvents(extra?: readonly string[]): void {
    this.head(
      200,
      extra,
      'content-type',
      'text/event-stream',
      'cache-control',
      'no-cache, no-transform',
      'x-accel-buffering',
      'no',
    );
    this.response.flushHeaders();
  }

  refuse(refusal: Refusal, request: RefusedRequest): void {
    const { status, body } = refusalAnswer(refusal, request);
    this.json(status, body, refusalHeaders(refusal, status));
  }

  private head(status: number, extra: readonly string[] | undefined, ...headers: string[]): void {
    if (this.traceId !== null) headers.push('x-igris-trace-id', this.traceId);
    if (this.origin !== undefined) {
      headers.push(
        'access-control-allow-origin',
        this.origin,
        'access-control-expose-headers',
        EXPOSED,
        'vary',
        'Origin',
      );
    }
    if (extra !== undefined) headers.push(...extra);
    this.response.writeHead(status, headers);
  }
}

const EXPOSED = 'Mcp-Session-Id, X-Igris-Trace-Id, X-Portcullis-Refusal, WWW-Authenticate, Retry-After';
