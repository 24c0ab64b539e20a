import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  StreamableHTTPServerTransport,
  type EventStore,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createFeatureServer, type FeatureServer } from './feature-server.js';

export interface FeatureServerOptions {
  /** Answers requests with JSON instead of event streams. */
  readonly json?: boolean;
  /** Keeps no sessions. */
  readonly stateless?: boolean;
  /** Makes streams resumable. */
  readonly eventStore?: () => EventStore;
  readonly retryInterval?: number;
}

export interface RunningFeatureServer {
  readonly url: string;
  /** Open protocol sessions by their id. */
  readonly sessions: ReadonlyMap<string, FeatureServer>;
  /** Headers of every request so far, oldest first. */
  readonly requests: {
    readonly method: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }[];
  /** Sessions ever opened and ended by DELETE. */
  readonly opened: number;
  readonly ended: number;
  /** Forgets every session, as a restart would. */
  forgetSessions(): Promise<void>;
  stop(): Promise<void>;
}

/** A real MCP server (the official SDK's) over Streamable HTTP, with everything a gateway has to carry. */
export async function startFeatureServer(options: FeatureServerOptions = {}): Promise<RunningFeatureServer> {
  const transports = new Map<string, { transport: StreamableHTTPServerTransport; features: FeatureServer }>();
  const sessions = new Map<string, FeatureServer>();
  const requests: { method: string; headers: IncomingHttpHeaders; body: string }[] = [];
  let opened = 0;
  let ended = 0;

  async function open(): Promise<StreamableHTTPServerTransport> {
    const features = createFeatureServer();
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      ...(options.stateless === true
        ? { sessionIdGenerator: undefined }
        : { sessionIdGenerator: () => randomUUID() }),
      enableJsonResponse: options.json ?? false,
      eventStore: options.eventStore?.(),
      retryInterval: options.retryInterval,
      onsessioninitialized: (id) => {
        opened += 1;
        transports.set(id, { transport, features });
        sessions.set(id, features);
      },
      onsessionclosed: () => {
        ended += 1;
      },
    });
    transport.onclose = () => {
      if (transport.sessionId === undefined) return;
      transports.delete(transport.sessionId);
      sessions.delete(transport.sessionId);
    };
    await features.server.connect(transport);
    return transport;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    requests.push({ method: request.method ?? '', headers: request.headers, body });
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? transports.get(id)?.transport : undefined;
    if (known === undefined && typeof id === 'string') {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}');
      return;
    }
    const transport = known ?? (await open());
    await transport.handleRequest(request, response, body === '' ? undefined : JSON.parse(body));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
  const closeAll = async (): Promise<void> => {
    await Promise.all([...transports.values()].map(({ transport }) => transport.close()));
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    sessions,
    requests,
    get opened() {
      return opened;
    },
    get ended() {
      return ended;
    },
    forgetSessions: closeAll,
    async stop() {
      await closeAll();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
