import { timingSafeEqual } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Endpoint } from './endpoint.js';

/** Answers the request and returns true, or returns false untouched for the next handler. */
export type InternalHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface InternalListenerOptions {
  readonly listen: Endpoint;
  /** Bearer token every request must carry, `/health` and `/metrics` on a Unix socket aside. */
  readonly token: string;
  /** Tried in order; the hot path goes first. */
  readonly handlers: readonly InternalHandler[];
}

/**
 * The listener behind `/internal/*`, `/health` and `/metrics` of a service. It belongs to the deployment alone: a Unix
 * socket with mode 0600 or a TCP port, and the deployment's token either way.
 */
export class InternalListener {
  readonly server: Server;
  private readonly expected: Buffer;
  private fallback: RequestListener | undefined;

  constructor(private readonly options: InternalListenerOptions) {
    this.expected = Buffer.from(`Bearer ${options.token}`);
    this.server = createServer(
      { keepAliveTimeout: 0, headersTimeout: 10_000, requestTimeout: 30_000, noDelay: true },
      (request, response) => {
        this.handle(request, response);
      },
    );
  }

  /** Where everything the handlers leave goes, such as the listener a web framework hands out; without one, 404. */
  useFallback(fallback: RequestListener): void {
    this.fallback = fallback;
  }

  async start(): Promise<void> {
    const { listen } = this.options;
    if (listen.kind === 'unix') rmSync(listen.path, { force: true });
    const umask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        this.server.once('error', reject);
        const ready = () => {
          this.server.off('error', reject);
          resolve();
        };
        if (listen.kind === 'unix') this.server.listen(listen.path, ready);
        else this.server.listen(listen.port, listen.host, ready);
      });
    } finally {
      process.umask(umask);
    }
    if (listen.kind === 'unix') chmodSync(listen.path, 0o600);
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeIdleConnections();
      setTimeout(() => this.server.closeAllConnections(), 2_000).unref();
    });
    if (this.options.listen.kind === 'unix') rmSync(this.options.listen.path, { force: true });
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    response.sendDate = false;
    if (!this.authorized(request)) {
      response.writeHead(401, { 'content-type': 'application/problem+json' });
      response.end(
        '{"type":"about:blank","title":"Unauthorized","status":401,"code":"internal.unauthorized"}',
      );
      return;
    }
    for (const handler of this.options.handlers) if (handler(request, response)) return;
    if (this.fallback) return this.fallback(request, response);
    response.writeHead(404, { 'content-type': 'application/problem+json' });
    response.end('{"type":"about:blank","title":"Not found","status":404,"code":"internal.not_found"}');
  }

  private authorized(request: IncomingMessage): boolean {
    const probe = request.url === '/health' || request.url === '/metrics';
    if (probe && this.options.listen.kind === 'unix') return true;
    const given = Buffer.from(request.headers.authorization ?? '');
    return given.length === this.expected.length && timingSafeEqual(given, this.expected);
  }
}
