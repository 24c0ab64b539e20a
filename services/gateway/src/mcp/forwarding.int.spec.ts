import { createHash, createPublicKey, verify } from 'node:crypto';
import { gatewayCallSchemas } from '@portcullis/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../test/gateway-harness.js';
import {
  events,
  json,
  result,
  startScriptedUpstream,
  type ScriptedUpstream,
  type UpstreamCallSeen,
} from '../../test/scripted-upstream.js';
import { bearer } from '../../test/with-client.js';
import { PolicyUnavailable, type RecordedCall } from '../ports.js';

let gateway: TestGateway;
let upstream: ScriptedUpstream;
let key: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  upstream = await startScriptedUpstream(() => {});
  key = gateway.key('org-1');
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});
beforeEach(() => {
  gateway.connect('tools', upstream.url);
  gateway.policy.rule = () => undefined;
  gateway.policy.available = true;
  gateway.policy.hidden.clear();
  gateway.policy.questions.length = 0;
  gateway.policy.filters.length = 0;
  gateway.recorder.records.length = 0;
  gateway.recorder.failing = false;
  upstream.seen.length = 0;
  upstream.script = ({ message }, response) => json(response, result(message?.id));
});

const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(gateway.url('tools'), {
    method: 'POST',
    headers: {
      ...bearer(key),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body,
  });
const INITIALIZE =
  '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"sampling":{},"vendor/x":{"y":1}},"clientInfo":{"name":"raw","version":"2"}}}';
async function session(): Promise<Record<string, string>> {
  const response = await post(INITIALIZE);
  return { 'mcp-session-id': response.headers.get('mcp-session-id')!, 'mcp-protocol-version': '2025-11-25' };
}
const sent = (method: string): UpstreamCallSeen =>
  upstream.seen.filter(({ message }) => message?.method === method).at(-1)!;

/** Everything a serializer would change: blanks, order, escapes, numbers, an unknown member. */
const ODD =
  '{ "params" : {"vendor":{"z":[]},"arguments":{"b":1.50e2,"a":12345678901234567890,"s":"\\u0041\\/é"},"name":"echo"},\n"method":"tools/call" ,"id":7,"jsonrpc":"2.0","x":null}';

describe('forwarding', () => {
  it('sends the bytes it received, in a session and in the handshake', async () => {
    const headers = await session();
    expect(sent('initialize').body).toBe(INITIALIZE);
    await post(ODD, headers);
    expect(sent('tools/call').body).toBe(ODD);
  });

  it('changes nothing but the id outside of a session', async () => {
    await post(ODD);
    const body = sent('tools/call').body;
    expect(body).toBe(ODD.replace('"id":7', `"id":${String(sent('tools/call').message!.id)}`));
  });

  it('gives back the bytes of the answer', async () => {
    const odd =
      '{"result":{"content":[{"text":"\\u0041","type":"text"}],"n":1.0,"big":12345678901234567890},  "id":7,"jsonrpc":"2.0"}';
    upstream.script = (_call, response) => json(response, odd);
    expect(await (await post(ODD, await session())).text()).toBe(odd);
  });

  it('passes unknown methods and notifications on', async () => {
    const headers = await session();
    expect(
      (await post('{"jsonrpc":"2.0","id":1,"method":"vendor/do","params":{"a":1}}', headers)).status,
    ).toBe(200);
    expect(
      (await post('{"jsonrpc":"2.0","method":"notifications/vendor/x","params":{"a":1}}', headers)).status,
    ).toBe(202);
    expect(sent('vendor/do').message?.params).toEqual({ a: 1 });
    expect(sent('notifications/vendor/x').message?.params).toEqual({ a: 1 });
    expect(gateway.recorder.last('vendor/do').facts).toMatchObject({
      kind: 'method',
      name: '',
      arguments: '{"a":1}',
    });
  });

  it('lets nothing of the caller reach the upstream but what the protocol needs', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await post(ODD, {
      ...(await session()),
      cookie: 'igris.session_token=abc',
      'x-igris-user': 'ana',
      'x-igris-trace-id': 'trace',
      'x-igris-metadata': '{"a":1}',
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-user': 'root',
      'x-portcullis-identity': 'forged',
      'proxy-authorization': 'Basic abc',
      'x-anything': 'else',
      te: 'trailers',
      traceparent,
      tracestate: 'a=b',
    });
    const { headers } = sent('tools/call');
    const { host: _host, 'content-length': _length, ...rest } = headers;
    expect(rest).toEqual({
      accept: 'application/json, text/event-stream',
      'accept-encoding': 'identity',
      connection: 'keep-alive',
      'content-type': 'application/json',
      'mcp-protocol-version': '2025-11-25',
      'mcp-session-id': expect.stringMatching(/^upstream-/) as string,
      traceparent,
      tracestate: 'a=b',
      'user-agent': 'portcullis',
    });
    expect(gateway.recorder.last('tools/call').facts.traceparent).toBe(traceparent);
  });

  it('replaces the caller’s credential with the connection’s', async () => {
    gateway.connect('tools', upstream.url, {
      auth: { type: 'bearer', credential: { ephemeralKey: '', iv: '', ciphertext: '', tag: '' } },
    });
    await post(ODD);
    expect(sent('tools/call').headers.authorization).toBe('Bearer upstream-secret');
    expect(JSON.stringify(upstream.seen)).not.toContain(key);
  });

  it('lets nothing of the upstream’s headers reach the client', async () => {
    upstream.script = ({ message }, response) =>
      json(response, result(message?.id), {
        'set-cookie': 'a=b',
        'www-authenticate': 'Basic',
        server: 'secret/1',
        'x-powered-by': 'x',
        'mcp-session-id': 'theirs',
        'access-control-allow-origin': '*',
      });
    const response = await post(ODD, await session());
    expect([...response.headers.keys()].sort()).toEqual([
      'connection',
      'content-length',
      'content-type',
      'keep-alive',
      'x-igris-trace-id',
    ]);
  });

  it('gives policy the arguments as they were received', async () => {
    await post(ODD);
    expect(gateway.policy.questions.at(-1)).toMatchObject({
      method: 'tools/call',
      target: { kind: 'tool', name: 'echo' },
      argumentsJson: '{"b":1.50e2,"a":12345678901234567890,"s":"\\u0041\\/é"}',
      direction: 'client',
    });
    const long = `{"text":"${'x'.repeat(256 * 1024)}"}`;
    await post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":${long}}}`);
    const question = gateway.policy.questions.at(-1)!;
    expect(question.argumentsOmitted).toBe(true);
    expect(question.argumentsJson).toBeUndefined();
    await post('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}');
    expect(gateway.policy.questions.at(-1)).not.toMatchObject({ argumentsJson: expect.anything() as string });
  });
});

describe('identity setting', () => {
  const as = {
    'x-igris-user': 'ana',
    'x-igris-trace-id': 'trace-1',
    'x-igris-metadata': '{"role":"intern","sub":"root"}',
  };

  it('header: the chosen headers, over whatever the caller sent', async () => {
    gateway.connect('tools', upstream.url, {
      identity: { mode: 'header', headers: { user: 'X-User', agent: 'X-Agent', traceId: 'Authorization' } },
    });
    await post(ODD, { ...as, 'x-user': 'forged', 'x-agent': 'forged' });
    for (const method of ['initialize', 'tools/call']) {
      expect(sent(method).headers).toMatchObject({ 'x-user': 'ana', 'x-agent': 'agent' });
      expect(sent(method).headers.authorization).toBeUndefined();
    }
    await post(ODD, {});
    expect(sent('tools/call').headers['x-user']).toBeUndefined();
  });

  it('token: a signed minute for this upstream alone, keys where jwksUri says', async () => {
    gateway.connect('tools', upstream.url, {
      identity: { mode: 'token', claims: ['role', 'sub', 'absent'] },
    });
    await post(ODD, as);
    const token = sent('tools/call').headers['x-portcullis-identity'] as string;
    const [head, payload, signature] = token.split('.') as [string, string, string];
    const { keys } = (await (await fetch(`${gateway.origin}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string }[];
    };
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string; alg: string };
    const jwk = keys.find(({ kid }) => kid === header.kid)!;
    expect(header.alg).toBe('EdDSA');
    expect(
      verify(
        null,
        Buffer.from(`${head}.${payload}`),
        createPublicKey({ key: jwk, format: 'jwk' }),
        Buffer.from(signature, 'base64url'),
      ),
    ).toBe(true);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    expect(claims).toMatchObject({
      aud: upstream.url,
      sub: 'ana',
      user: 'ana',
      user_bound: false,
      agent: 'agent',
      org: 'org-1',
      role: 'intern',
    });
    expect((claims['exp'] as number) - (claims['iat'] as number)).toBe(60);
    expect(claims).not.toHaveProperty('absent');
  });

  it.each([
    [
      'params without _meta',
      '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","n":1.0}}',
      {},
    ],
    ['no params', '{"jsonrpc":"2.0","id":7,"method":"tools/list"}', {}],
    [
      'an entry of the caller’s own',
      '{"id":7,"jsonrpc":"2.0","params":{"_meta":{"portcullis/identity":{"user":"root"},"progressToken":1.0},"name":"echo"},"method":"tools/call"}',
      { progressToken: 1 },
    ],
    [
      'a _meta that is no object',
      '{"params":{"_meta":null,"name":"echo"},"id":7,"jsonrpc":"2.0","method":"tools/call"}',
      {},
    ],
  ])('meta: written into the message, with %s', async (_name, body, more) => {
    gateway.connect('tools', upstream.url, { identity: { mode: 'meta' } });
    const method = (JSON.parse(body) as { method: string }).method;
    const identity = { user: 'ana', agent: 'agent', traceId: 'trace-1' };
    const before = JSON.parse(body) as { params?: object };
    for (const headers of [as, { ...as, ...(await session()) }]) {
      const response = await post(body, headers);
      expect(await response.json()).toMatchObject({ id: 7 });
      const { message } = sent(method);
      expect(message).toEqual({
        ...before,
        id: message!.id,
        params: { ...before.params, _meta: { ...more, 'portcullis/identity': identity } },
      });
    }
    expect(sent(method).body).toContain(body.includes('1.0') ? '1.0' : '');
  });
});

describe('lists', () => {
  const list = (items: string) =>
    `{"jsonrpc":"2.0","id":ID,"result":{"nextCursor":"c","tools":[${items}],"_meta":{"x":1.0}}}`;
  const ITEMS = ['{"name":"a","n":1.0}', ' {"name":"b" , "inputSchema":{}}', '{"name":"c"} ', '"odd"'];
  const answer = (text: string, how: 'json' | 'events') => {
    upstream.script = ({ message }, response) => {
      const body = text.replace('ID', JSON.stringify(message!.id));
      if (how === 'json') json(response, body);
      else
        events(response).end(
          `: hi\n\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}\n\nid: 4\ndata: ${body}\n\n`,
        );
    };
  };
  const ask = async (headers: Record<string, string> = {}) => {
    const response = await post('{"jsonrpc":"2.0","id":7,"method":"tools/list"}', headers);
    const text = await response.text();
    return response.headers.get('content-type') === 'application/json'
      ? text
      : text
          .split('\n')
          .filter((line) => line.startsWith('data: '))
          .at(-1)!
          .slice('data: '.length);
  };

  it.each(['json', 'events'] as const)(
    'lose what the caller may not use, and nothing else, as %s',
    async (how) => {
      answer(list(ITEMS.slice(0, 3).join(',')), how);
      const whole = list(ITEMS.slice(0, 3).join(',')).replace('ID', '7');
      expect(await ask()).toBe(whole);
      gateway.policy.hidden.add('b');
      expect(await ask()).toBe(list('{"name":"a","n":1.0},{"name":"c"}').replace('ID', '7'));
      expect(await ask(await session())).toBe(list('{"name":"a","n":1.0},{"name":"c"}').replace('ID', '7'));
      gateway.policy.hidden.add('a').add('c');
      expect(JSON.parse(await ask())).toMatchObject({ result: { tools: [], nextCursor: 'c' } });
      expect(gateway.policy.filters[0]).toMatchObject({
        kind: 'tool',
        items: [{ name: 'a', n: 1 }, { name: 'b' }, { name: 'c' }],
      });
      expect(gateway.recorder.last('tools/list').completion?.result).toBe(
        '{"nextCursor":"c","tools":[],"_meta":{"x":1.0}}',
      );
    },
  );

  it('lose what is no definition at all', async () => {
    answer(list(ITEMS.join(',')), 'json');
    expect(await ask()).toBe(
      list('{"name":"a","n":1.0},{"name":"b" , "inputSchema":{}},{"name":"c"}').replace('ID', '7'),
    );
  });

  it.each([
    ['tools/list', 'tools', 'tool', 'name'],
    ['prompts/list', 'prompts', 'prompt', 'name'],
    ['resources/list', 'resources', 'resource', 'uri'],
    ['resources/templates/list', 'resourceTemplates', 'resource', 'uriTemplate'],
  ])('%s goes by %s', async (method, member, kind, field) => {
    upstream.script = ({ message }, response) =>
      json(response, result(message?.id, { [member]: [{ [field]: 'seen' }, { [field]: 'unseen' }] }));
    gateway.policy.hidden.add('unseen');
    const body = (await (await post(`{"jsonrpc":"2.0","id":7,"method":"${method}"}`)).json()) as {
      result: Record<string, unknown>;
    };
    expect(body.result[member]).toEqual([{ [field]: 'seen' }]);
    expect(gateway.policy.filters[0]!.kind).toBe(kind);
  });

  it('are refused when policy cannot be asked or they say something twice', async () => {
    answer(list(ITEMS.join(',')), 'json');
    gateway.policy.filter = () => Promise.reject(new PolicyUnavailable());
    expect(JSON.parse(await ask())).toMatchObject({
      id: 7,
      error: { data: { reason: 'policy.unavailable' } },
    });
    Reflect.deleteProperty(gateway.policy, 'filter');
    answer('{"jsonrpc":"2.0","id":ID,"result":{"tools":[{"name":"a","\\u006eame":"hidden"}]}}', 'json');
    expect(JSON.parse(await ask())).toMatchObject({
      id: 7,
      error: { code: -31502, data: { reason: 'upstream.invalid' } },
    });
    expect(gateway.recorder.broken()).toEqual([]);
  });

  it('pass errors and odd results on', async () => {
    upstream.script = ({ message }, response) =>
      json(
        response,
        `{"jsonrpc":"2.0","id":${String(message?.id)},"error":{"code":-32601,"message":"none"}}`,
      );
    expect(JSON.parse(await ask())).toMatchObject({ error: { code: -32601 } });
    upstream.script = ({ message }, response) => json(response, result(message?.id, { tools: 'none' }));
    expect(JSON.parse(await ask())).toMatchObject({ result: { tools: 'none' } });
  });
});

describe('records', () => {
  it('hold what the contract says, and pass its schema', async () => {
    await post(ODD, {
      ...(await session()),
      'x-igris-user': 'ana',
      'x-igris-trace-id': 't',
      'x-igris-metadata': '{"role":"intern"}',
    });
    const { facts, completion, tenantId } = gateway.recorder.last('tools/call');
    expect(gatewayCallSchemas.CallCompleted.parse({ ...facts, ...completion })).toEqual({
      ...facts,
      ...completion,
    });
    expect(tenantId).toBe('org-1');
    const args = '{"b":1.50e2,"a":12345678901234567890,"s":"\\u0041\\/é"}';
    expect(facts).toMatchObject({
      method: 'tools/call',
      kind: 'tool',
      name: 'echo',
      direction: 'client',
      connection: { id: 'con-tools', slug: 'tools' },
      agentSession: 'as-key-1-tools',
      key: { id: 'key-1', label: 'label of key-1', agent: 'agent' },
      user: 'ana',
      userBound: false,
      traceId: 't',
      metadata: { role: 'intern' },
      client: { name: 'raw', version: '2' },
      sourceIp: '127.0.0.1',
      decision: 'allow',
      reason: null,
      rule: 'allow all',
      policy: { id: 'p1', name: 'sample', revision: 3 },
      arguments: args,
      argumentsDigest: createHash('sha256').update(args).digest('hex'),
      bytesIn: Buffer.byteLength(ODD),
    });
    expect(facts.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    const text = '{"content":[{"type":"text","text":"ok"}]}';
    expect(completion).toMatchObject({
      outcome: 'ok',
      error: null,
      result: text,
      resultDigest: createHash('sha256').update(text).digest('hex'),
    });
    expect(completion!.latencyMs).toBeGreaterThanOrEqual(completion!.upstreamMs);
    expect(completion!.upstreamMs).toBeGreaterThan(0);
    expect(completion!.bytesOut).toBeGreaterThan(text.length);
    expect(
      gateway.recorder.records.filter(
        ({ type, facts: { method } }) => type === 'decided' && method === 'tools/call',
      ),
    ).toHaveLength(1);
  });

  it('tell a tool’s failure from an error', async () => {
    upstream.script = ({ message }, response) =>
      json(response, result(message?.id, { content: [], isError: true }));
    await post(ODD);
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({
      outcome: 'tool_error',
      error: null,
    });
    upstream.script = ({ message }, response) =>
      json(response, result(message?.id, { isError: 'true', nested: { isError: true } }));
    await post(ODD);
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({ outcome: 'ok' });
  });

  it('cut long texts between characters and keep the digest of the whole', async () => {
    const args = `{"text":"${'é'.repeat(40_000)}"}`;
    const big = { content: [{ type: 'text', text: 'ü'.repeat(20_000) }] };
    upstream.script = ({ message }, response) => json(response, result(message?.id, big));
    await post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":${args}}}`);
    const { facts, completion } = gateway.recorder.last('tools/call');
    expect(Buffer.byteLength(facts.arguments)).toBe(64 * 1024 - 1);
    expect(args.startsWith(facts.arguments)).toBe(true);
    expect(facts.argumentsDigest).toBe(createHash('sha256').update(args).digest('hex'));
    expect(Buffer.byteLength(completion!.result)).toBeLessThanOrEqual(16 * 1024);
    expect(JSON.stringify(big).startsWith(completion!.result)).toBe(true);
    expect(completion!.resultDigest).toBe(createHash('sha256').update(JSON.stringify(big)).digest('hex'));
  });

  it('come before the call leaves: what cannot be recorded is not forwarded', async () => {
    const order: string[] = [];
    gateway.policy.rule = () => ({ audit: 'strict' });
    const decided = gateway.recorder.decided.bind(gateway.recorder);
    const slow = async (call: RecordedCall): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('recorded');
      decided(call);
    };
    Object.assign(gateway.recorder, { decided: slow });
    upstream.script = ({ message }, response) => {
      order.push('forwarded');
      json(response, result(message?.id));
    };
    await post(ODD);
    Reflect.deleteProperty(gateway.recorder, 'decided');
    expect(order).toEqual(['recorded', 'forwarded']);
    upstream.seen.length = 0;
    gateway.recorder.failing = true;
    const refused = await post(ODD);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      error: { code: -31503, data: { reason: 'audit.unavailable' } },
    });
    expect(upstream.seen).toEqual([]);
  });

  it('hold an answer back under strict audit when its completion cannot be written, else deliver it', async () => {
    for (const [audit, status] of [
      ['strict', 503],
      ['buffered', 200],
    ] as const) {
      gateway.policy.rule = () => ({ audit });
      gateway.recorder.failing = false;
      upstream.script = ({ message }, response) => {
        gateway.recorder.failing = true;
        json(response, result(message?.id));
      };
      expect((await post(ODD)).status).toBe(status);
    }
  });
});
