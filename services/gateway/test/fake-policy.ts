import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DecideResponse, GatewayConnection } from '@portcullis/contracts';
import type { Endpoint } from '@portcullis/service';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './spool-fixture.js';

export type PolicyAnswer = (body: unknown, request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * A policy service on a Unix socket that a test scripts by path: what a handler returns is the JSON answer, undefined
 * means the handler writes by itself, or never. It can die and come back.
 */
export class FakePolicy {
  readonly endpoint: Endpoint & { kind: 'unix' };
  /** Parsed bodies by path, in the order they came. */
  readonly asked: { path: string; body: unknown; authorization: string | undefined }[] = [];
  /** The same bodies as they were sent. */
  readonly texts: string[] = [];
  connections = 0;
  private server: Server | null = null;

  constructor(readonly answers: Record<string, PolicyAnswer>) {
    this.endpoint = { kind: 'unix', path: join(temporaryFolder(), 'policy.sock') };
    onTestFinished(() => this.die());
  }

  async start(): Promise<this> {
    rmSync(this.endpoint.path, { force: true });
    const server = createServer({ keepAliveTimeout: 0 }, (request, response) =>
      this.handle(request, response),
    );
    server.on('connection', () => (this.connections += 1));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.endpoint.path, resolve));
    return this;
  }

  /** As kill -9 would: connections are cut, the socket's file stays behind. */
  async die(): Promise<void> {
    const server = this.server;
    this.server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  bodies(path: string): unknown[] {
    return this.asked.filter((question) => question.path === path).map(({ body }) => body);
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const sent = Buffer.concat(chunks).toString();
      const body: unknown = JSON.parse(sent);
      this.texts.push(sent);
      this.asked.push({ path, body, authorization: request.headers.authorization });
      const answer = this.answers[path]?.(body, request, response);
      if (answer === undefined) return;
      const text = JSON.stringify(answer);
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
    });
  }
}

export function aConnection(connection: Partial<GatewayConnection> = {}): GatewayConnection {
  return {
    id: 'connection-1',
    slug: 'shop',
    etag: 'connection-1.1',
    upstreamUrl: 'http://127.0.0.1:1/mcp',
    auth: { type: 'none' },
    identity: { mode: 'none' },
    errorProfile: 'auto',
    ...connection,
  };
}

export function anAnswer(answer: Partial<DecideResponse> = {}): DecideResponse {
  return {
    decision: 'allow',
    reason: null,
    message: null,
    scope: null,
    rule: 'everything',
    policy: { id: 'policy-1', name: 'shop', revision: 1 },
    conditions: [],
    caller: {
      tenantId: 'org-1',
      key: { id: 'key-1', label: 'agent', agent: null },
      user: null,
      userBound: false,
    },
    agentSession: 'session-1',
    connection: aConnection(),
    connectionRef: { id: 'connection-1', slug: 'shop' },
    audit: 'buffered',
    maxDurationMs: 600_000,
    retryAfterMs: null,
    errorProfile: 'auto',
    ...answer,
  };
}
