import { ERROR_PROFILES, REFUSALS, type ErrorProfile, type RefusalReason } from '@portcullis/contracts';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newKey, startTestGateway, type TestGateway } from '../../test/gateway-harness.js';
import { json, result, startScriptedUpstream, type ScriptedUpstream } from '../../test/scripted-upstream.js';
import { bearer, connectClient } from '../../test/with-client.js';
import type { DecideAnswer } from '../ports.js';

let gateway: TestGateway;
let upstream: ScriptedUpstream;
let key: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  upstream = await startScriptedUpstream(() => {});
  key = gateway.key();
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});
beforeEach(() => {
  gateway.policy.available = true;
  gateway.policy.rule = () => undefined;
  gateway.recorder.failing = false;
  gateway.recorder.records.length = 0;
  gateway.recorder.unidentifiedReasons.length = 0;
  gateway.connect('tools', upstream.url);
  upstream.seen.length = 0;
  upstream.script = (call, response) => json(response, result(call.message?.id));
});

const denied =
  (reason: RefusalReason, more: Partial<DecideAnswer> = {}) =>
  () => {
    gateway.policy.rule = ({ method }) =>
      method === 'tools/call' ? { decision: 'deny', reason, ...more } : undefined;
  };

/** How each row of the contract's table comes about, and what `error.data` says beside the reason. */
const ROWS: {
  reason: RefusalReason;
  arrange: () => void;
  data?: Record<string, unknown>;
  message?: string;
  headers?: Record<string, string | RegExp>;
}[] = [
  {
    reason: 'auth.revoked',
    arrange: denied('auth.revoked'),
    headers: { 'www-authenticate': /^Bearer .*invalid_token/ },
  },
  {
    reason: 'auth.insufficient_scope',
    arrange: denied('auth.insufficient_scope'),
    headers: { 'www-authenticate': /insufficient_scope/ },
  },
  {
    reason: 'policy.denied',
    arrange: denied('policy.denied', { rule: 'no refunds', message: 'ask finance' }),
    data: {
      rule: 'no refunds',
      policy: 'sample',
      revision: 3,
      message: 'ask finance',
      decisionId: expect.any(String),
    },
    message: 'Denied by policy: ask finance',
  },
  {
    reason: 'policy.denied',
    arrange: denied('policy.denied', { rule: null, policy: null }),
    message: 'Denied by policy.',
  },
  {
    reason: 'hold.pending',
    arrange: () => (gateway.policy.rule = () => ({ decision: 'hold', reason: null })),
  },
  {
    reason: 'policy.denied',
    arrange: () => (gateway.policy.rule = () => ({ decision: 'redact', reason: null })),
  },
  {
    reason: 'session.suspended',
    arrange: denied('session.suspended', { scope: 'agent', message: 'runaway' }),
    data: { scope: 'agent', message: 'runaway' },
    message: 'Suspended by an operator: runaway',
  },
  {
    reason: 'rate.limited',
    arrange: denied('rate.limited', { retryAfterMs: 2100 }),
    data: { retryAfterMs: 2100 },
    headers: { 'retry-after': '3' },
  },
  { reason: 'arguments.invalid', arrange: denied('arguments.invalid') },
  { reason: 'arguments.too_large', arrange: denied('arguments.too_large') },
  { reason: 'connection.not_found', arrange: denied('connection.not_found') },
  { reason: 'policy.unavailable', arrange: () => (gateway.policy.available = false) },
  { reason: 'audit.unavailable', arrange: () => (gateway.recorder.failing = true) },
  {
    reason: 'upstream.unreachable',
    arrange: () => (upstream.script = (_call, response) => response.destroy()),
  },
  {
    reason: 'upstream.invalid',
    arrange: () =>
      (upstream.script = (_call, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')),
  },
  {
    reason: 'upstream.timeout',
    arrange: () => {
      gateway.policy.rule = () => ({ maxDurationMs: 100 });
      upstream.script = () => {};
    },
  },
];

const BY_STATUS_ALWAYS = new Set<RefusalReason>([
  'auth.revoked',
  'auth.insufficient_scope',
  'arguments.too_large',
]);

function expectedStatus(reason: RefusalReason, profile: ErrorProfile, mcpClient: boolean): number {
  const { status } = REFUSALS[reason];
  if (BY_STATUS_ALWAYS.has(reason)) return status;
  if (reason === 'connection.not_found') return 404;
  if (profile === 'http') return status;
  if (profile === 'auto') return mcpClient ? 200 : status;
  return 200;
}

const call = (
  headers: Record<string, string>,
  body: unknown = {
    jsonrpc: '2.0',
    id: 'q-1',
    method: 'tools/call',
    params: { name: 'refund', arguments: { amount: 7 } },
  },
) =>
  fetch(gateway.url('tools'), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('refusals', () => {
  describe.each(ERROR_PROFILES)('profile %s', (profile) => {
    describe.each([true, false])('MCP client: %s', (mcpClient) => {
      it.each(ROWS)('$reason', async ({ reason, arrange, data, message, headers = {} }) => {
        arrange();
        const version: Record<string, string> = mcpClient ? { 'mcp-protocol-version': '2025-06-18' } : {};
        const response = await call({
          ...bearer(key),
          ...version,
          'x-igris-errors': profile,
          'x-igris-trace-id': 'trace-7',
        });
        const body = (await response.json()) as Record<string, never>;
        expect(response.status).toBe(expectedStatus(reason, profile, mcpClient));
        expect(response.headers.get('x-portcullis-refusal')).toBe(reason);
        expect(response.headers.get('x-igris-trace-id')).toBe('trace-7');
        for (const [name, value] of Object.entries(headers))
          expect(response.headers.get(name)).toMatch(value);
        const asResult = profile === 'result' && response.status === 200;
        const expected = { reason, ...data };
        if (asResult) {
          expect(body).toMatchObject({
            jsonrpc: '2.0',
            id: 'q-1',
            result: { isError: true, _meta: { 'portcullis/refusal': expected } },
          });
          if (message !== undefined)
            expect(body).toMatchObject({ result: { content: [{ type: 'text', text: message }] } });
        } else {
          expect(body).toMatchObject({
            jsonrpc: '2.0',
            id: 'q-1',
            error: { code: REFUSALS[reason].code, data: expected },
          });
          if (message !== undefined) expect(body).toMatchObject({ error: { message } });
        }
        // Exactly one terminal record, unless there was nowhere to write it.
        if (reason === 'audit.unavailable') return;
        expect(gateway.recorder.broken()).toEqual([]);
        const { facts, completion } = gateway.recorder.last('tools/call');
        expect([facts.reason, completion?.error]).toContain(reason);
        expect(facts).toMatchObject({
          name: 'refund',
          kind: 'tool',
          traceId: 'trace-7',
          arguments: '{"amount":7}',
        });
        if (!reason.startsWith('upstream.'))
          expect(upstream.seen.filter(({ message }) => message?.method === 'tools/call')).toEqual([]);
      });
    });
  });

  it.each([
    ['auth.required', {}],
    ['auth.invalid', bearer(newKey())],
    ['auth.invalid', { authorization: 'Bearer ig_short' }],
    ['auth.invalid', { authorization: 'Basic aWdfOng=' }],
    ['auth.required', { 'mcp-session-id': 'nobody' }],
    ['auth.invalid', { ...bearer(newKey()), 'mcp-session-id': 'nobody' }],
  ] as const)(
    '%s is answered by status in every profile and counted, not recorded',
    async (reason, headers) => {
      for (const profile of ERROR_PROFILES) {
        const given: Record<string, string> = {
          ...headers,
          'x-igris-errors': profile,
          'mcp-protocol-version': '2025-06-18',
        };
        const response = await call(given);
        expect(response.status).toBe(REFUSALS[reason].status);
        expect(response.headers.get('x-portcullis-refusal')).toBe(reason);
        expect(response.headers.has('www-authenticate')).toBe(REFUSALS[reason].status === 401);
        expect(await response.json()).toMatchObject({
          id: 'q-1',
          error: { code: REFUSALS[reason].code, data: { reason } },
        });
      }
      expect(gateway.recorder.records).toEqual([]);
      expect(gateway.recorder.unidentifiedReasons).toEqual([reason, reason, reason, reason]);
    },
  );

  it('session.not_found is answered by status in every profile, after whatever comes before the session', async () => {
    const lost = { ...bearer(key), 'mcp-session-id': 'nobody', 'mcp-protocol-version': '2025-06-18' };
    for (const profile of ERROR_PROFILES) {
      const response = await call({ ...lost, 'x-igris-errors': profile });
      expect(response.status).toBe(404);
      expect(response.headers.get('x-portcullis-refusal')).toBe('session.not_found');
      expect(await response.json()).toMatchObject({
        id: 'q-1',
        error: { code: -32001, data: { reason: 'session.not_found' } },
      });
      const { facts } = gateway.recorder.last('tools/call');
      expect(facts).toMatchObject({
        reason: 'session.not_found',
        name: 'refund',
        arguments: '{"amount":7}',
        protocolSession: null,
      });
    }
    const refused = async (decision: ReturnType<typeof gateway.policy.rule>) => {
      gateway.policy.rule = () => decision;
      return (await call(lost)).headers.get('x-portcullis-refusal');
    };
    expect(await refused({ decision: 'deny', reason: 'session.suspended' })).toBe('session.suspended');
    expect(await refused({ decision: 'deny', reason: 'connection.not_found' })).toBe('connection.not_found');
    expect(await refused({ decision: 'deny', reason: 'policy.denied' })).toBe('session.not_found');
  });

  it('says 404 for an unknown connection on initialize and without a session, else as the profile says', async () => {
    const initialize = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
    };
    const opened = await call(bearer(key), initialize);
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id')! };
    gateway.policy.rule = () => ({ decision: 'deny', reason: 'connection.not_found' });
    const status = async (headers: Record<string, string>, body?: unknown) =>
      (await call({ ...bearer(key), ...headers }, body)).status;
    expect(
      await status({ 'x-igris-errors': 'jsonrpc', 'mcp-protocol-version': '2025-06-18' }, initialize),
    ).toBe(404);
    expect(await status({ 'x-igris-errors': 'jsonrpc' })).toBe(404);
    expect(await status(session)).toBe(200);
    expect(await status({ ...session, 'x-igris-errors': 'http' })).toBe(404);
  });

  it('follows the connection where the request names no profile', async () => {
    gateway.connect('tools', upstream.url, { errorProfile: 'result' });
    denied('policy.denied')();
    expect(await (await call(bearer(key))).json()).toMatchObject({ result: { isError: true } });
    gateway.connect('tools', upstream.url, { errorProfile: 'http' });
    expect((await call({ ...bearer(key), 'mcp-protocol-version': '2025-06-18' })).status).toBe(403);
    expect((await call({ ...bearer(key), 'x-igris-errors': 'jsonrpc' })).status).toBe(200);
  });

  it('answers what is no tool call with an error in profile result', async () => {
    gateway.policy.rule = () => ({ decision: 'deny', reason: 'policy.denied' });
    const response = await call(
      { ...bearer(key), 'x-igris-errors': 'result' },
      { jsonrpc: '2.0', id: 4, method: 'prompts/get', params: { name: 'x' } },
    );
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: 4, error: { code: -31403 } });
  });

  it('never refuses a notification: dropped, recorded, 202', async () => {
    gateway.policy.rule = () => ({ decision: 'deny', reason: 'policy.denied', rule: 'quiet' });
    const notification = { jsonrpc: '2.0', method: 'notifications/roots/list_changed' };
    const response = await call({ ...bearer(key), 'x-igris-errors': 'http' }, notification);
    expect(response.status).toBe(202);
    expect(await response.text()).toBe('');
    expect(response.headers.get('x-portcullis-refusal')).toBe('policy.denied');
    expect(gateway.recorder.last('notifications/roots/list_changed')).toMatchObject({
      type: 'refused',
      facts: { rule: 'quiet' },
    });
    gateway.policy.available = false;
    expect((await call(bearer(key), notification)).status).toBe(202);
    expect((await call(bearer(newKey()), notification)).status).toBe(202);
    expect(upstream.seen).toEqual([]);
  });

  it('names the caller of a refusal while policy is away, when it knew them before', async () => {
    await call({ ...bearer(key), 'x-igris-user': 'ana' });
    gateway.policy.available = false;
    await call({ ...bearer(key), 'x-igris-user': 'ana' });
    expect(gateway.recorder.last('tools/call')).toMatchObject({
      type: 'refused',
      tenantId: 'org-1',
      facts: { reason: 'policy.unavailable', connection: { slug: 'tools' }, key: { id: 'key-1' } },
    });
    await call(bearer(newKey()));
    expect(gateway.recorder.unidentifiedReasons).toEqual(['policy.unavailable']);
  });

  it('reaches the official client whole by default', async () => {
    const { client, close } = await connectClient(gateway.url('tools'), bearer(key));
    for (const { reason, arrange, data } of ROWS.filter(({ reason }) => !BY_STATUS_ALWAYS.has(reason))) {
      gateway.policy.rule = () => undefined;
      arrange();
      const error: unknown = await client
        .callTool({ name: 'refund', arguments: {} })
        .catch((thrown: unknown) => thrown);
      expect(error, reason).toBeInstanceOf(McpError);
      expect(error).toMatchObject({ code: REFUSALS[reason].code, data: { reason, ...data } });
      gateway.policy.available = true;
      gateway.recorder.failing = false;
      gateway.connect('tools', upstream.url);
      upstream.script = (seen, response) => json(response, result(seen.message?.id));
    }
    gateway.policy.rule = () => undefined;
    // Still the same session, and alive.
    expect(await client.callTool({ name: 'refund', arguments: {} })).toMatchObject({
      content: [{ text: 'ok' }],
    });
    await close();
  });

  it('reaches the official client as a result the model can read, where that is wanted', async () => {
    const { client, close } = await connectClient(gateway.url('tools'), {
      ...bearer(key),
      'x-igris-errors': 'result',
    });
    denied('policy.denied', { message: 'ask finance' })();
    expect(await client.callTool({ name: 'refund', arguments: {} })).toMatchObject({
      isError: true,
      content: [{ text: 'Denied by policy: ask finance' }],
    });
    await close();
  });
});
