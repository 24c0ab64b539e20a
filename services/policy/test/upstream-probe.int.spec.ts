import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { UpstreamProbe } from '../src/queries/upstream-probe.js';

const initialized = {
  jsonrpc: '2.0',
  id: 1,
  result: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    serverInfo: { name: 'everything', version: '1.0.0' },
  },
};

describe('connection test', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function upstream(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  }
  const json =
    (body: unknown, headers: Record<string, string> = {}): RequestListener =>
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    };
  const probe = (upstreamUrl: string, allowPrivate = true, headers: Record<string, string> = {}) =>
    new UpstreamProbe({ allowPrivate }).probe({ upstreamUrl, headers });

  it('says who answers, with the credential sent and the session left', async () => {
    const seen: string[] = [];
    const url = await upstream((request, response) => {
      seen.push(
        `${request.method} ${request.headers.authorization} ${String(request.headers['mcp-session-id'])}`,
      );
      json(initialized, { 'mcp-session-id': 's-1' })(request, response);
    });
    expect(await probe(url, true, { authorization: 'Bearer t' })).toEqual({
      ok: true,
      reason: null,
      latencyMs: expect.any(Number) as number,
      server: { name: 'everything', version: '1.0.0' },
      protocolVersion: '2025-11-25',
    });
    expect(seen).toEqual(['POST Bearer t undefined', 'DELETE Bearer t s-1']);
  });

  it('reads the answer out of an event stream that stays open', async () => {
    const url = await upstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: 1\ndata: \n\n');
      response.write(
        `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: {} })}\n\n`,
      );
      response.write(`event: message\ndata: ${JSON.stringify(initialized)}\n\n`);
    });
    expect(await probe(url)).toMatchObject({ ok: true, server: { name: 'everything' } });
  });

  it.each<[string, RequestListener]>([
    ['http_401', (_, response) => response.writeHead(401).end()],
    ['http_500', (_, response) => response.writeHead(500).end('secret stack trace')],
    ['not_mcp', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['not_mcp', json({ hello: 'world' })],
    ['not_mcp', json({ jsonrpc: '2.0', id: 1, error: { code: -1, message: 'no' } })],
    [
      'not_mcp',
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":'),
    ],
    [
      'too_large',
      (_, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('x'.repeat(2 * 1024 * 1024)),
    ],
    ['unreachable', (request) => request.socket.destroy()],
  ])('says %s', async (reason, listener) => {
    expect(await probe(await upstream(listener))).toEqual({
      ok: false,
      reason,
      latencyMs: expect.any(Number) as number,
      server: null,
      protocolVersion: null,
    });
  });

  it('follows no redirect', async () => {
    let reached = false;
    const inside = await upstream((request, response) => {
      reached = true;
      json(initialized)(request, response);
    });
    const url = await upstream((_, response) => response.writeHead(307, { location: inside }).end());
    expect(await probe(url)).toMatchObject({ ok: false, reason: 'http_307' });
    expect(reached).toBe(false);
  });

  it('goes nowhere the deployment does not allow', async () => {
    let reached = false;
    const url = await upstream(() => (reached = true));
    expect(await probe(url, false)).toMatchObject({ ok: false, reason: 'address_not_allowed' });
    expect(reached).toBe(false);
  });

  it('gives up on an upstream that never answers', async () => {
    const url = await upstream(() => undefined);
    expect(await probe(url)).toMatchObject({ ok: false, reason: 'timeout' });
  });
});
