import { until } from '@portcullis/testing/until';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../test/gateway-harness.js';
import {
  events,
  json,
  result,
  startScriptedUpstream,
  type ScriptedUpstream,
  type UpstreamScript,
} from '../../test/scripted-upstream.js';
import { bearer } from '../../test/with-client.js';

let gateway: TestGateway;
let upstream: ScriptedUpstream;
let key: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  upstream = await startScriptedUpstream(() => {});
  gateway.connect('tools', upstream.url);
  key = gateway.key();
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});
beforeEach(() => {
  upstream.seen.length = 0;
  gateway.recorder.records.length = 0;
  gateway.policy.rule = () => undefined;
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(gateway.url('tools'), {
    method: 'POST',
    headers: {
      ...bearer(key),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(body),
  });
const call = (headers?: Record<string, string>) =>
  post({ jsonrpc: '2.0', id: 'c', method: 'tools/call', params: { name: 'x' } }, headers);
const calls = () => upstream.seen.filter(({ message }) => message?.method === 'tools/call');

async function expectFailure(
  script: UpstreamScript,
  status: number,
  reason: string,
  error = reason,
): Promise<void> {
  upstream.script = script;
  const response = await call();
  expect(await response.json()).toMatchObject({ id: 'c', error: { data: { reason } } });
  expect(response.status).toBe(status);
  expect(gateway.recorder.broken()).toEqual([]);
  expect(gateway.recorder.last('tools/call').completion).toMatchObject({ outcome: 'error', error });
  expect(gateway.gateway.figures().calls).toBe(0);
}

describe('upstreams that fail', () => {
  it.each<[string, UpstreamScript, string?]>([
    [
      'answers HTML',
      (_call, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    ],
    [
      'answers nothing',
      (_call, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(),
    ],
    ['answers half a message', (_call, response) => json(response, '{"jsonrpc":"2.0","id":1,"res')],
    ['answers something else', (_call, response) => json(response, { hello: 1 })],
    ['answers another request', (_call, response) => json(response, result(999))],
    ['answers a list', ({ message }, response) => json(response, `[${result(message?.id)}]`)],
    [
      'says its result twice',
      ({ message }, response) =>
        json(response, `{"jsonrpc":"2.0","id":${String(message?.id)},"result":{},"result":{"isError":true}}`),
    ],
    ['accepts a request without answering it', (_call, response) => response.writeHead(202).end(), undefined],
    [
      'answers more than 16 MiB',
      ({ message }, response) => json(response, result(message?.id, { text: 'x'.repeat(17 * 1024 * 1024) })),
    ],
    [
      'sends an event of more than 16 MiB',
      (_call, response) => void events(response).end(`data: ${'x'.repeat(17 * 1024 * 1024)}\n\n`),
    ],
    [
      'streams something that is no message',
      (_call, response) => void events(response).end('data: hello\n\n'),
    ],
    ['closes its stream without an answer', (_call, response) => void events(response).end(': bye\n\n')],
    [
      'closes within its answer',
      (_call, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"jsonrpc"');
        setTimeout(() => response.destroy(), 10);
      },
    ],
    [
      'closes within an event',
      (_call, response) => {
        events(response).write('data: {"json');
        setTimeout(() => response.destroy(), 10);
      },
    ],
    [
      'redirects',
      (_call, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
      'http:307',
    ],
    ['refuses the credential', (_call, response) => json(response, { error: 'no' }, {}, 401), 'http:401'],
    ['fails', (_call, response) => response.writeHead(500).end('boom'), 'http:500'],
    [
      'refuses the message',
      (_call, response) =>
        json(response, { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'bad' } }, {}, 400),
      'http:400',
    ],
  ])('refuses what %s', async (_name, script, error) => {
    const status = 502;
    upstream.script = script;
    const response = await call();
    const body: unknown =
      response.headers.get('content-type') === 'application/json'
        ? await response.json()
        : await response.text();
    expect(gateway.recorder.broken()).toEqual([]);
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({ outcome: 'error' });
    if (error !== undefined) expect(gateway.recorder.last('tools/call').completion?.error).toBe(error);
    expect(gateway.gateway.figures().calls).toBe(0);
    if (response.status === 200) {
      // The stream had begun: the error is its last event.
      expect(body).toMatch(
        /data: \{"jsonrpc":"2.0","id":"c","error":\{"code":-31502,.*"reason":"upstream.invalid"/,
      );
    } else {
      expect(response.status).toBe(status);
      expect(body).toMatchObject({ id: 'c', error: { code: -31502, data: { reason: 'upstream.invalid' } } });
    }
  });

  it('tells an upstream that is not there from one that hangs', async () => {
    gateway.connect('nowhere', 'http://127.0.0.1:9/mcp');
    const response = await fetch(gateway.url('nowhere'), {
      method: 'POST',
      headers: { ...bearer(key), 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}',
    });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { data: { reason: 'upstream.unreachable' } } });
    gateway.policy.rule = () => ({ maxDurationMs: 150 });
    await expectFailure(() => {}, 504, 'upstream.timeout');
  });

  it('cuts an answer that never ends, as JSON and as a stream', async () => {
    gateway.policy.rule = () => ({ maxDurationMs: 300 });
    const running: NodeJS.Timeout[] = [];
    const forEver =
      (head: string, chunk: string): UpstreamScript =>
      (_call, response) => {
        response.writeHead(200, { 'content-type': head });
        running.push(setInterval(() => response.write(chunk), 20));
      };
    await expectFailure(forEver('application/json', ' '), 504, 'upstream.timeout');
    upstream.script = forEver('text/event-stream', ': still here\n\n');
    const response = await call();
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toContain(': still here');
    expect(text).toMatch(
      /data: \{"jsonrpc":"2.0","id":"c","error":\{"code":-31504,.*upstream.timeout.*\}\n\n$/,
    );
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({
      outcome: 'error',
      error: 'upstream.timeout',
    });
    running.forEach(clearInterval);
  });

  it('passes an error with the id of the request on with status 200, whatever status it came with', async () => {
    upstream.script = ({ message }, response) =>
      json(
        response,
        { jsonrpc: '2.0', id: message?.id, error: { code: -32602, message: 'no such tool', data: { x: 1 } } },
        {},
        400,
      );
    const response = await call();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      id: 'c',
      error: { code: -32602, message: 'no such tool', data: { x: 1 } },
    });
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({
      outcome: 'error',
      error: 'jsonrpc:-32602',
    });
  });

  it('never sends a call twice that may have been done', async () => {
    for (const script of [
      (_call: unknown, response: { destroy(): void }) => response.destroy(),
      (_call: unknown, response: Parameters<UpstreamScript>[1]) => response.writeHead(503).end(),
    ] as UpstreamScript[]) {
      upstream.seen.length = 0;
      upstream.script = script;
      expect((await call()).status).toBe(502);
      expect(calls()).toHaveLength(1);
    }
  });

  it('opens a new session once when the upstream has forgotten the idle one, and no more than once', async () => {
    upstream.script = ({ message }, response) => json(response, result(message?.id));
    expect((await call()).status).toBe(200);
    let refused = 0;
    upstream.seen.length = 0;
    upstream.script = ({ message, headers }, response) => {
      if (refused === 0) {
        refused += 1;
        return json(
          response,
          { jsonrpc: '2.0', id: null, error: { code: -32001, message: 'Session not found' } },
          {},
          404,
        );
      }
      json(response, result(message?.id, { session: headers['mcp-session-id'] }));
    };
    expect((await call()).status).toBe(200);
    expect(calls()).toHaveLength(2);
    expect(calls()[0]!.headers['mcp-session-id']).not.toBe(calls()[1]!.headers['mcp-session-id']);
    expect(upstream.seen.filter(({ message }) => message?.method === 'initialize')).toHaveLength(1);

    upstream.seen.length = 0;
    upstream.script = (_call, response) => json(response, {}, {}, 404);
    expect((await call()).status).toBe(502);
    expect(calls()).toHaveLength(2);
    expect(gateway.recorder.broken()).toEqual([]);
  });

  it('records what became of a call whose client left', async () => {
    let answer: (() => void) | undefined;
    upstream.script = ({ message }, response) => {
      answer = () => json(response, result(message?.id));
    };
    const client = new AbortController();
    const gone = fetch(gateway.url('tools'), {
      method: 'POST',
      headers: { ...bearer(key), 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}',
      signal: client.signal,
    }).catch(() => undefined);
    await until(() => answer);
    client.abort();
    await gone;
    answer!();
    await until(() => gateway.recorder.terminal('tools/call').length === 1);
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({ outcome: 'ok' });
  });
});
