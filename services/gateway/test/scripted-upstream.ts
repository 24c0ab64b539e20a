import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface UpstreamCallSeen {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body, parsed; null when there was none. */
  readonly message: {
    readonly id?: unknown;
    readonly method?: string;
    readonly params?: Record<string, unknown>;
  } | null;
}

export type UpstreamScript = (
  call: UpstreamCallSeen,
  response: ServerResponse,
  request: IncomingMessage,
) => void;

export interface ScriptedUpstream {
  readonly url: string;
  readonly seen: UpstreamCallSeen[];
  script: UpstreamScript;
  stop(): Promise<void>;
}

/** An upstream that answers exactly as it is told, well or badly. Handshakes are answered by themselves. */
export async function startScriptedUpstream(
  script: UpstreamScript,
  options: { handshake?: boolean } = {},
): Promise<ScriptedUpstream> {
  const seen: UpstreamCallSeen[] = [];
  const upstream = { script };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const call = {
        method: request.method ?? '',
        headers: request.headers,
        body,
        message: body === '' ? null : (JSON.parse(body) as UpstreamCallSeen['message']),
      };
      seen.push(call);
      if (options.handshake !== false && answerHandshake(call, response)) return;
      upstream.script(call, response, request);
    });
    request.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    seen,
    get script() {
      return upstream.script;
    },
    set script(next) {
      upstream.script = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

let sessions = 0;

function answerHandshake({ method, message }: UpstreamCallSeen, response: ServerResponse): boolean {
  if (method === 'POST' && message?.method === 'initialize') {
    sessions += 1;
    const result = {
      protocolVersion: '2025-11-25',
      capabilities: { tools: { listChanged: true } },
      serverInfo: { name: 'scripted', version: '1' },
    };
    json(response, { jsonrpc: '2.0', id: message.id, result }, { 'mcp-session-id': `upstream-${sessions}` });
    return true;
  }
  if (method === 'POST' && message?.method?.startsWith('notifications/') === true) {
    response.writeHead(202).end();
    return true;
  }
  if (method === 'DELETE') {
    response.writeHead(200).end();
    return true;
  }
  return false;
}

export function json(
  response: ServerResponse,
  body: unknown,
  headers: Record<string, string> = {},
  status = 200,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function events(response: ServerResponse): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  return response;
}

export const result = (id: unknown, value: unknown = { content: [{ type: 'text', text: 'ok' }] }): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result: value });
