import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../test/gateway-harness.js';
import { json, result, startScriptedUpstream, type ScriptedUpstream } from '../../test/scripted-upstream.js';

let gateway: TestGateway;
let upstream: ScriptedUpstream;
let authorization: string;

beforeAll(async () => {
  upstream = await startScriptedUpstream((call, response) => json(response, result(call.message?.id)));
  gateway = await startTestGateway({
    allowedOrigins: ['https://app.example'],
    allowedHosts: ['gateway.internal'],
    publicUrl: 'https://mcp.example/',
    trustedProxies: ['127.0.0.1'],
  });
  gateway.connect('tools', upstream.url);
  authorization = `Bearer ${gateway.key()}`;
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});
beforeEach(() => {
  upstream.seen.length = 0;
  gateway.recorder.records.length = 0;
  gateway.recorder.unidentifiedReasons.length = 0;
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Bytes as they are: fetch would mend or refuse half of what is tried here. */
function send(
  body: Buffer | string | undefined,
  headers: Record<string, string> = {},
  { method = 'POST', path = '/v1/mcp/tools' } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port: gateway.gateway.port,
        path,
        method,
        headers: { 'content-type': 'application/json', authorization, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const echo = (args: string, more = '') =>
  `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":${args}}${more}}`;

async function expectRefused(
  answer: Promise<Answer>,
  status: number,
  reason: string,
  id: unknown,
): Promise<Answer> {
  const given = await answer;
  expect(given.status).toBe(status);
  expect(given.headers['x-portcullis-refusal']).toBe(reason);
  expect(JSON.parse(given.body)).toMatchObject({ jsonrpc: '2.0', id, error: { data: { reason } } });
  expect(upstream.seen).toEqual([]);
  expect(gateway.recorder.records).toEqual([]);
  expect(gateway.recorder.unidentifiedReasons).toEqual([reason]);
  return given;
}

describe('bad input', () => {
  it.each([
    ['nothing', '', 400, 'request.malformed', null],
    ['text', 'hello', 400, 'request.malformed', null],
    ['half a message', echo('{}').slice(0, -3), 400, 'request.malformed', null],
    ['a duplicate key', echo('{"a":1,"a":2}'), 400, 'request.malformed', null],
    ['an escaped duplicate key', echo('{"a":1,"\\u0061":2}'), 400, 'request.malformed', null],
    ['a duplicate method', echo('{}', ',"\\u006dethod":"ping"'), 400, 'request.malformed', null],
    ['a duplicate deep down', echo('{"a":[{"b":{"c":0,"c":1}}]}'), 400, 'request.malformed', null],
    [
      'invalid UTF-8',
      Buffer.from([
        ...Buffer.from('{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":"'),
        0xc3,
        0x28,
        ...Buffer.from('"}}'),
      ]),
      400,
      'request.malformed',
      null,
    ],
    [
      '200 levels of nesting',
      echo('{"a":' + '['.repeat(200) + ']'.repeat(200) + '}'),
      413,
      'request.too_large',
      null,
    ],
    ['a batch', `[${echo('{}')}]`, 400, 'request.invalid', null],
    ['an empty batch', '[]', 400, 'request.invalid', null],
    ['another JSON-RPC', echo('{}').replace('2.0', '1.0'), 400, 'request.invalid', 7],
    [
      'params that are a list',
      '{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}',
      400,
      'request.invalid',
      7,
    ],
    [
      'a call without a tool',
      '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}}',
      400,
      'request.invalid',
      7,
    ],
    [
      'a name that is too long',
      `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"${'n'.repeat(9000)}"}}`,
      400,
      'request.invalid',
      7,
    ],
    ['an answer outside of a session', '{"jsonrpc":"2.0","id":7,"result":{}}', 400, 'request.invalid', 7],
  ] as const)('refuses %s', async (_name, body, status, reason, id) => {
    await expectRefused(send(body as string | Buffer), status, reason, id);
  });

  it('refuses a body of 10 MB, told beforehand or not, and lets the client read why', async () => {
    const large = echo(`{"text":"${'x'.repeat(10_000_000)}"}`);
    await expectRefused(send(large), 413, 'request.too_large', null);
    gateway.recorder.unidentifiedReasons.length = 0;
    await expectRefused(send(large, { 'transfer-encoding': 'chunked' }), 413, 'request.too_large', null);
    // One byte under the limit passes.
    const most = 4 * 1024 * 1024;
    const fitting = echo(`{"text":"${'x'.repeat(most - echo('{"text":""}').length)}"}`);
    expect(Buffer.byteLength(fitting)).toBe(most);
    expect((await send(fitting)).status).toBe(200);
    upstream.seen.length = 0;
    gateway.recorder.records.length = 0;
    gateway.recorder.unidentifiedReasons.length = 0;
    await expectRefused(send(`${fitting} `), 413, 'request.too_large', null);
  });

  it.each([
    ['no JSON', 'nope'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a nested value', '{"a":{"b":1}}'],
    ['a null value', '{"a":null}'],
    ['a number no JSON can hold', '{"a":1e999}'],
    ['a name twice', '{"a":1,"\\u0061":2}'],
    ['over 8 KiB', JSON.stringify({ a: 'x'.repeat(8200) })],
    [
      'over 1,000 names',
      JSON.stringify(Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [index, 0]))),
    ],
  ])('refuses metadata that is %s', async (_name, metadata) => {
    await expectRefused(send(echo('{}'), { 'x-igris-metadata': metadata }), 400, 'request.invalid', 7);
  });

  it('refuses identity headers over their limits, and takes them at their limits', async () => {
    await expectRefused(send(echo('{}'), { 'x-igris-user': 'u'.repeat(257) }), 400, 'request.invalid', 7);
    gateway.recorder.unidentifiedReasons.length = 0;
    await expectRefused(send(echo('{}'), { 'x-igris-trace-id': 't'.repeat(129) }), 400, 'request.invalid', 7);
    gateway.recorder.unidentifiedReasons.length = 0;
    await expectRefused(send(echo('{}'), { 'x-igris-errors': 'loud' }), 400, 'request.invalid', 7);
    const metadata = JSON.stringify({ role: 'intern', n: 1.5, b: true, s: 'é😀' });
    // As bytes: Node writes a text body and its headers in one encoding.
    const answer = await send(Buffer.from(echo('{}')), {
      'x-igris-user': 'u'.repeat(256),
      'x-igris-trace-id': 't'.repeat(128),
      'x-igris-metadata': Buffer.from(metadata).toString('latin1'),
    });
    expect(answer).toMatchObject({ status: 200, headers: { 'x-igris-trace-id': 't'.repeat(128) } });
    expect(gateway.recorder.last('tools/call').facts).toMatchObject({
      user: 'u'.repeat(256),
      metadata: JSON.parse(metadata) as object,
    });
  });

  it('makes up a trace id where there is none', async () => {
    const { headers } = await send(echo('{}'));
    expect(headers['x-igris-trace-id']).toMatch(/^ig_trace_[0-9a-f]{32}$/);
    expect(gateway.recorder.last('tools/call').facts.traceId).toBe(headers['x-igris-trace-id']);
  });

  it('takes a credential from the Authorization header, or from the login cookie of a page, and from nowhere else', async () => {
    const key = authorization.slice('Bearer '.length);
    const none = { authorization: '' };
    await expectRefused(
      send(echo('{}'), none, {
        path: `/v1/mcp/tools?api_key=${key}&access_token=${key}&authorization=Bearer%20${key}`,
      }),
      401,
      'auth.required',
      7,
    );
    gateway.recorder.unidentifiedReasons.length = 0;
    const answer = await expectRefused(
      send(echo('{}'), { ...none, cookie: `session_token=${key}`, 'x-api-key': key }),
      401,
      'auth.required',
      7,
    );
    gateway.recorder.unidentifiedReasons.length = 0;
    // A cookie comes with whatever any page asks for: without a word which page it is, it says nothing.
    await expectRefused(
      send(echo('{}'), { ...none, cookie: `igris.session_token=${key}` }),
      403,
      'origin.forbidden',
      7,
    );
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="portcullis"');
    // Does not read megabytes for a stranger.
    gateway.recorder.unidentifiedReasons.length = 0;
    await expectRefused(send(echo(`{"a":"${'x'.repeat(100_000)}"}`), none), 401, 'auth.required', null);
  });

  it('refuses content types, Accept headers and methods that are not MCP', async () => {
    await expectRefused(
      send(echo('{}'), { 'content-type': 'text/plain' }),
      415,
      'request.unsupported_media_type',
      7,
    );
    gateway.recorder.unidentifiedReasons.length = 0;
    await expectRefused(send(echo('{}'), { accept: 'text/html' }), 406, 'request.not_acceptable', 7);
    gateway.recorder.unidentifiedReasons.length = 0;
    const put = await expectRefused(
      send(echo('{}'), {}, { method: 'PUT' }),
      405,
      'request.method_not_allowed',
      7,
    );
    expect(put.headers['allow']).toBe('GET, POST, DELETE, OPTIONS');
    expect(
      (await send(echo('{}'), { 'content-type': 'application/json; charset=utf-8', accept: '*/*' })).status,
    ).toBe(200);
  });

  it('refuses revisions it does not speak, and says which it does', async () => {
    const data = { supported: ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] };
    for (const requested of ['2026-07-28', 'nonsense']) {
      gateway.recorder.unidentifiedReasons.length = 0;
      const answer = await expectRefused(
        send(echo('{}'), { 'mcp-protocol-version': requested }),
        400,
        'request.invalid',
        7,
      );
      expect(JSON.parse(answer.body)).toMatchObject({
        error: { code: -32022, data: { ...data, requested } },
      });
    }
    gateway.recorder.unidentifiedReasons.length = 0;
    const stateless =
      '{"jsonrpc":"2.0","id":7,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}';
    const answer = await expectRefused(send(stateless), 400, 'request.invalid', 7);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: -32022, data } });
    for (const revision of ['2025-03-26', '2025-06-18', '2025-11-25']) {
      expect((await send(echo('{}'), { 'mcp-protocol-version': revision })).status).toBe(200);
    }
  });

  it('refuses Hosts and Origins it does not know', async () => {
    const foreign: Record<string, string>[] = [
      { host: 'evil.example' },
      { host: 'evil.example:4100' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:3000' },
    ];
    for (const headers of foreign) {
      gateway.recorder.unidentifiedReasons.length = 0;
      await expectRefused(send(echo('{}'), headers), 403, 'origin.forbidden', 7);
    }
    const known: Record<string, string>[] = [
      { host: 'localhost:1' },
      { host: '[::1]:4100' },
      { host: '10.1.2.3' },
      { host: 'MCP.example' },
      { host: 'gateway.internal:4100' },
      { origin: 'https://app.example' },
      { origin: 'https://mcp.example' },
    ];
    for (const headers of known) {
      const answer = await send(echo('{}'), headers);
      expect(answer.status, JSON.stringify(headers)).toBe(200);
      expect(answer.headers['access-control-allow-origin']).toBe(headers['origin']);
    }
  });

  it('answers the preflight of allowed pages', async () => {
    const preflight = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
    const answer = await send(undefined, preflight, { method: 'OPTIONS' });
    expect(answer).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': 'https://app.example' },
    });
    expect(answer.headers['access-control-allow-headers']).toMatch(/Mcp-Session-Id/);
    expect(
      (await send(undefined, { ...preflight, origin: 'https://evil.example' }, { method: 'OPTIONS' })).status,
    ).toBe(403);
  });

  it('believes the address of a trusted proxy, and nothing further left', async () => {
    await send(echo('{}'), { 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 127.0.0.1' });
    expect(gateway.recorder.last('tools/call').facts.sourceIp).toBe('203.0.113.9');
    await send(echo('{}'), { 'x-forwarded-for': 'not an address' });
    expect(gateway.recorder.last('tools/call').facts.sourceIp).toBe('127.0.0.1');
  });

  it('refuses headers over 32 KiB and what is no HTTP, and goes on', async () => {
    const answer = await send(echo('{}'), { 'x-large': 'x'.repeat(40_000) });
    expect(answer).toMatchObject({ status: 413, headers: { 'x-portcullis-refusal': 'request.too_large' } });
    const raw = await new Promise<string>((resolve) => {
      const socket = connect(gateway.gateway.port, '127.0.0.1', () => socket.write('NOT HTTP\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
    });
    expect(raw).toMatch(/^HTTP\/1\.1 400 /);
    expect(raw).toContain('request.malformed');
    expect((await send(echo('{}'))).status).toBe(200);
  });

  it('survives clients that leave in the middle of a body', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(gateway.gateway.port, '127.0.0.1', () => {
        socket.write(
          `POST /v1/mcp/tools HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"json`,
        );
        setTimeout(() => socket.destroy(), 20);
      });
      socket.on('close', () => resolve());
    });
    expect((await send(echo('{}'))).status).toBe(200);
    expect(gateway.gateway.figures().calls).toBe(0);
  });

  it('answers what clients ask beside MCP', async () => {
    const register = await send('{"client_name":"x"}', { authorization: '' }, { path: '/register' });
    expect(register.status).toBe(400);
    expect(JSON.parse(register.body)).toMatchObject({
      error: 'invalid_client_metadata',
      error_description: expect.stringContaining('This gateway takes API keys') as string,
    });
    const portcullis = await send(undefined, {}, { method: 'GET', path: '/.well-known/portcullis' });
    expect(JSON.parse(portcullis.body)).toEqual({
      gatewayUrl: 'https://mcp.example',
      apiUrl: 'http://127.0.0.1:4000',
      jwksUri: 'https://mcp.example/.well-known/jwks.json',
    });
    const jwks = JSON.parse(
      (await send(undefined, {}, { method: 'GET', path: '/.well-known/jwks.json' })).body,
    ) as { keys: unknown[] };
    expect(jwks.keys).toEqual([
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: expect.any(String),
        kid: expect.any(String),
        use: 'sig',
        alg: 'EdDSA',
      },
    ]);
    for (const path of ['/', '/v1/mcp', '/v1/mcp/', '/v1/mcp/a/b', '/.well-known/oauth-protected-resource']) {
      expect((await send(undefined, {}, { method: 'GET', path })).status, path).toBe(404);
    }
  });

  it('answers /proxy/{slug} like /v1/mcp/{slug}', async () => {
    expect((await send(echo('{}'), {}, { path: '/proxy/tools' })).status).toBe(200);
    expect((await send(echo('{}'), { authorization: '' }, { path: '/proxy/tools' })).status).toBe(401);
  });
});
