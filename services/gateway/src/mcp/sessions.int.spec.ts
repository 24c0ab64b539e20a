import { startFeatureServer, type RunningFeatureServer } from '@portcullis/testing/mcp-servers';
import { until } from '@portcullis/testing/until';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../test/gateway-harness.js';
import { bearer, connectClient } from '../../test/with-client.js';

let upstream: RunningFeatureServer;
let gateway: TestGateway;
let key: string;

beforeEach(async () => {
  upstream = await startFeatureServer({ json: true });
  gateway = await startTestGateway({
    limits: { sessions: 4, sessionsPerKey: 3, idleUpstreamSessionsPerCaller: 2 },
  });
  gateway.connect('features', upstream.url);
  gateway.connect('other', upstream.url);
  key = gateway.key();
});
afterEach(async () => {
  expect(gateway.recorder.broken()).toEqual([]);
  await gateway.stop();
  await upstream.stop();
});

const post = (body: unknown, headers: Record<string, string> = {}, slug = 'features', with_ = key) =>
  fetch(gateway.url(slug), {
    method: 'POST',
    headers: {
      ...bearer(with_),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(body),
  });
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '2' } },
};
async function open(slug = 'features', with_ = key): Promise<Record<string, string>> {
  const response = await post(INITIALIZE, {}, slug, with_);
  expect(response.status).toBe(200);
  const session = {
    'mcp-session-id': response.headers.get('mcp-session-id')!,
    'mcp-protocol-version': '2025-06-18',
  };
  await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session, slug, with_);
  return session;
}
const tool = (name: string, args: unknown = {}, id: number | string = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});
const textOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { result: { content: { text: string }[] } }).result.content[0]!.text;
const stream = (method: string, headers: Record<string, string>, with_ = key, slug = 'features') =>
  fetch(gateway.url(slug), {
    method,
    headers: { ...bearer(with_), accept: 'text/event-stream', ...headers },
  });

describe('protocol sessions', () => {
  it('gives clients ids of its own, one upstream session each', async () => {
    const [first, second] = [await open(), await open()];
    expect(first['mcp-session-id']).not.toBe(second['mcp-session-id']);
    expect([...upstream.sessions.keys()]).not.toContain(first['mcp-session-id']);
    expect(upstream.sessions.size).toBe(2);
    expect(await textOf(await post(tool('state', { add: 5 }), first))).toBe('5');
    expect(await textOf(await post(tool('state', { add: 1 }), second))).toBe('1');
    expect(await textOf(await post(tool('state', { add: 2 }), first))).toBe('7');
    expect(gateway.recorder.last('tools/call').facts).toMatchObject({
      protocolSession: first['mcp-session-id'],
      client: { name: 'raw', version: '2' },
      agentSession: 'as-key-1-features',
    });
    expect(gateway.recorder.terminal('initialize')[0]!.facts).toMatchObject({
      protocolSession: first['mcp-session-id'],
      client: { name: 'raw', version: '2' },
    });
  });

  it('is bound to the key and the connection that opened it', async () => {
    const session = await open();
    const stranger = gateway.key('org-1');
    const sent = upstream.requests.length;
    for (const response of [
      await post(tool('echo'), session, 'features', stranger),
      await post(tool('echo'), session, 'other'),
      await stream('GET', session, stranger),
      await stream('DELETE', session, stranger),
      await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session, 'features', stranger),
      await post({ jsonrpc: '2.0', id: 1, result: {} }, session, 'features', stranger),
    ]) {
      expect(response.status).toBe(404);
      expect(response.headers.get('x-portcullis-refusal')).toBe('session.not_found');
      expect(await response.json()).toMatchObject({
        error: { code: -32001, data: { reason: 'session.not_found' } },
      });
    }
    expect(upstream.requests.length).toBe(sent);
    // The user a caller asserts is no part of it.
    expect((await post(tool('echo', { text: 'x' }), { ...session, 'x-igris-user': 'somebody' })).status).toBe(
      200,
    );
  });

  it('ends with DELETE, upstream as well', async () => {
    const session = await open();
    expect((await stream('DELETE', session)).status).toBe(200);
    expect(upstream.sessions.size).toBe(0);
    expect(upstream.ended).toBe(1);
    expect((await post(tool('echo'), session)).status).toBe(404);
    expect((await stream('GET', session)).status).toBe(404);
    expect((await stream('DELETE', session)).status).toBe(404);
    expect(gateway.gateway.figures().sessions).toBe(0);
  });

  it('ends when the upstream no longer knows it, and a new handshake works', async () => {
    const session = await open();
    await upstream.forgetSessions();
    const response = await post(tool('state', { add: 1 }), { ...session, 'x-igris-errors': 'jsonrpc' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ id: 1, error: { code: -32001 } });
    expect((await post(tool('echo', { text: 'x' }), await open())).status).toBe(200);
    expect(upstream.requests.filter(({ body }) => body.includes('"state"'))).toHaveLength(1);
  });

  it('ends when the connection leads elsewhere', async () => {
    const session = await open();
    const elsewhere = await startFeatureServer({ json: true });
    gateway.connect('features', elsewhere.url);
    expect((await post(tool('echo', { text: 'x' }), session)).status).toBe(404);
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.stop();
  });

  it('makes room by dropping idle sessions of the same key first, and tells their upstream', async () => {
    const mine = [await open(), await open(), await open()];
    const other = gateway.key('org-2');
    const theirs = await open('features', other);
    const fourth = await open();
    expect((await post(tool('echo', { text: 'x' }), mine[0])).status).toBe(404);
    for (const session of [mine[1]!, mine[2]!, fourth])
      expect((await post(tool('echo', { text: 'x' }), session)).status).toBe(200);
    expect((await post(tool('echo', { text: 'x' }), theirs, 'features', other)).status).toBe(200);
    await until(() => upstream.ended === 1);
    expect(gateway.gateway.figures().sessions).toBe(4);
  });

  it('refuses a handshake when every session is in use', async () => {
    const upstreams = await Promise.all(Array.from({ length: 3 }, () => open()));
    const controllers = upstreams.map(() => new AbortController());
    await Promise.all(
      upstreams.map((session, index) =>
        fetch(gateway.url('features'), {
          headers: { ...bearer(key), accept: 'text/event-stream', ...session },
          signal: controllers[index]!.signal,
        }),
      ),
    );
    const refused = await post(INITIALIZE, { 'x-igris-errors': 'http' });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.has('mcp-session-id')).toBe(false);
    await until(() => upstream.sessions.size === 3);
    controllers.forEach((controller) => controller.abort());
    await until(() => gateway.gateway.figures().streams === 0);
    expect((await post(INITIALIZE)).status).toBe(200);
  });

  it('refuses an id that is in use, and keeps the call that has it', async () => {
    const session = await open();
    const first = post(tool('wait', { key: 'k' }, 'same'), session);
    const features = [...upstream.sessions.values()][0]!;
    await until(() => features.waiting.get('k'));
    const second = await post(tool('echo', { text: 'x' }, 'same'), session);
    expect(second.status).toBe(400);
    features.waiting.get('k')!('done');
    expect(await textOf(await first)).toBe('done');
  });

  it('keeps sessions for upstreams that keep none', async () => {
    const stateless = await startFeatureServer({ stateless: true });
    gateway.connect('stateless', stateless.url);
    const { client, transport, close } = await connectClient(gateway.url('stateless'), bearer(key));
    expect(transport.sessionId).toBeDefined();
    expect(await client.callTool({ name: 'echo', arguments: { text: 'hi' } })).toMatchObject({
      content: [{ text: 'hi' }],
    });
    expect(stateless.requests.every(({ headers }) => headers['mcp-session-id'] === undefined)).toBe(true);
    await close();
    await stateless.stop();
  });

  it('opens no session for a handshake the upstream refuses', async () => {
    gateway.policy.rule = ({ method }) =>
      method === 'initialize'
        ? { decision: 'deny', reason: 'session.suspended', message: 'stopped', scope: 'agent' }
        : undefined;
    const refused = await post(INITIALIZE);
    expect(refused.status).toBe(503);
    expect(refused.headers.has('mcp-session-id')).toBe(false);
    expect(upstream.requests).toEqual([]);
  });

  it('answers GET with 405 without a session or without leave, 401 to strangers, 503 without policy', async () => {
    expect((await stream('GET', {})).status).toBe(405);
    expect((await stream('GET', {}, 'nobody')).status).toBe(401);
    const session = await open();
    gateway.policy.rule = () => ({ decision: 'deny', reason: 'session.suspended', message: 'stopped' });
    const suspended = await stream('GET', session);
    expect(suspended.status).toBe(405);
    expect(suspended.headers.get('x-portcullis-refusal')).toBe('session.suspended');
    gateway.policy.rule = () => ({ decision: 'deny', reason: 'auth.revoked' });
    expect((await stream('GET', session)).status).toBe(401);
    gateway.policy.available = false;
    expect((await stream('GET', session)).status).toBe(503);
    expect((await stream('DELETE', session)).status).toBe(503);
    gateway.policy.available = true;
    gateway.policy.rule = () => undefined;
    expect(
      (
        await fetch(gateway.url('features'), {
          headers: { ...bearer(key), accept: 'application/json', ...session },
        })
      ).status,
    ).toBe(405);
    expect((await post(tool('echo', { text: 'still there' }), session)).status).toBe(200);
  });
});

describe('calls without a handshake', () => {
  it('are served in upstream sessions of their own, used again for the same caller alone', async () => {
    expect(await textOf(await post(tool('state', { add: 1 }, 'mine')))).toBe('1');
    expect(await textOf(await post(tool('state', { add: 1 })))).toBe('2');
    expect(upstream.opened).toBe(1);
    const stranger = gateway.key();
    expect(await textOf(await post(tool('state', { add: 1 }), {}, 'features', stranger))).toBe('1');
    expect(await textOf(await post(tool('state', { add: 1 }), {}, 'other'))).toBe('1');
    expect(upstream.opened).toBe(3);
  });

  it('share no upstream session between users where the upstream is told of users', async () => {
    gateway.connect('features', upstream.url, { identity: { mode: 'header', headers: { user: 'x-user' } } });
    const ana = { 'x-igris-user': 'ana' };
    const ben = { 'x-igris-user': 'ben' };
    expect(await textOf(await post(tool('state', { add: 1 }), ana))).toBe('1');
    expect(await textOf(await post(tool('state', { add: 1 }), ben))).toBe('1');
    expect(await textOf(await post(tool('state', { add: 1 }), ana))).toBe('2');
  });

  it('have an upstream session each while they run, and ids that never meet', async () => {
    const calls = Array.from({ length: 20 }, (_, index) => post(tool('wait', { key: `k${index}` }, 1)));
    await until(
      () => [...upstream.sessions.values()].filter(({ waiting }) => waiting.size === 1).length === 20,
    );
    for (const { waiting } of upstream.sessions.values())
      for (const [name, release] of [...waiting]) release(`answer of ${name}`);
    const answers = await Promise.all(
      calls.map(
        async (call) =>
          (await call).json() as Promise<{ id: number; result: { content: { text: string }[] } }>,
      ),
    );
    answers.forEach(({ id, result }, index) => {
      expect(id).toBe(1);
      expect(result.content[0]!.text).toBe(`answer of k${index}`);
    });
    // Two are kept for later, the rest is ended.
    expect(gateway.gateway.figures().idleUpstreamSessions).toBe(2);
    await until(() => upstream.ended === 18);
  });

  it('give the id back as it was written, whatever it was', async () => {
    for (const id of ['"a\\u0062"', '12345678901234567890', '1.50e2', '"\\ud83d\\ude00"', '-0']) {
      const response = await fetch(gateway.url('features'), {
        method: 'POST',
        headers: { ...bearer(key), 'content-type': 'application/json' },
        body: `{"params":{"name":"echo","arguments":{"text":"x"}},"method":"tools/call","id":${id},"jsonrpc":"2.0"}`,
      });
      expect(await response.text()).toContain(`"id":${id}`);
    }
  });

  it('use a session of their own up for what leaves something behind in it', async () => {
    expect(
      (await post({ jsonrpc: '2.0', id: 1, method: 'logging/setLevel', params: { level: 'debug' } })).status,
    ).toBe(200);
    await until(() => upstream.ended === 1);
    expect(gateway.gateway.figures().idleUpstreamSessions).toBe(0);
  });

  it('work for lists, resources and prompts too', async () => {
    const result = async (method: string, params: unknown = {}) =>
      (await (await post({ jsonrpc: '2.0', id: 1, method, params })).json()) as {
        result: Record<string, unknown[]>;
      };
    expect((await result('tools/list')).result['tools']!.length).toBeGreaterThan(5);
    expect((await result('resources/read', { uri: 'features://readme' })).result['contents']).toMatchObject([
      { text: 'read me' },
    ]);
    expect(
      (await result('prompts/get', { name: 'greet', arguments: { name: 'ana' } })).result['messages'],
    ).toMatchObject([{ content: { text: 'Hello ana' } }]);
    expect(gateway.recorder.last('prompts/get').facts).toMatchObject({
      kind: 'prompt',
      name: 'greet',
      arguments: '{"name":"ana"}',
    });
    expect(gateway.recorder.last('resources/read').facts).toMatchObject({
      kind: 'resource',
      name: 'features://readme',
      arguments: '',
    });
  });
});
