import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import {
  CreateMessageRequestSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { startFeatureServer, type RunningFeatureServer } from '@portcullis/testing/mcp-servers';
import { until } from '@portcullis/testing/until';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControlStop } from '../ports.js';
import { startTestGateway, type TestGateway } from '../../test/gateway-harness.js';
import {
  events,
  result,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../../test/scripted-upstream.js';
import { bearer, connectClient, type TestClient } from '../../test/with-client.js';

let upstream: RunningFeatureServer;
let scripted: ScriptedUpstream;
let gateway: TestGateway;
let key: string;
const open: TestClient[] = [];

beforeEach(async () => {
  upstream = await startFeatureServer();
  scripted = await startScriptedUpstream(() => {});
  gateway = await startTestGateway();
  gateway.connect('features', upstream.url);
  gateway.connect('scripted', scripted.url);
  key = gateway.key();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
  await until(() => gateway.recorder.broken().length === 0, {
    describe: 'one terminal record for each request',
  });
  await gateway.stop();
  expect(gateway.gateway.figures()).toMatchObject({ calls: 0, streams: 0, serverRequests: 0 });
  await upstream.stop();
  await scripted.stop();
});

const textOf = (value: unknown): string => (value as { content: { text: string }[] }).content[0]!.text;
async function client(
  slug = 'features',
  capabilities = {},
  prepare?: Parameters<typeof connectClient>[3],
): Promise<TestClient> {
  const connected = await connectClient(gateway.url(slug), bearer(key), capabilities, prepare);
  open.push(connected);
  return connected;
}
const features = () => [...upstream.sessions.values()][0]!;
const streamOpen = () =>
  until(() => gateway.recorder.terminal('notifications/portcullis/stream_opened').length > 0);
const post = (body: unknown, headers: Record<string, string> = {}, slug = 'scripted', signal?: AbortSignal) =>
  fetch(gateway.url(slug), {
    method: 'POST',
    headers: {
      ...bearer(key),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(body),
    signal,
  });
const call = (headers?: Record<string, string>) =>
  post({ jsonrpc: '2.0', id: 'c', method: 'tools/call', params: { name: 'x' } }, headers);
const stopOf = (mode: 'stop' | 'abort' = 'stop', more: Partial<ControlStop> = {}): ControlStop => ({
  reach: { tenantId: 'org-1' },
  mode,
  reason: 'runaway',
  cause: 'kill_switch',
  ...more,
});
async function eventsOf(
  response: Response,
): Promise<{ next(): Promise<string | undefined>; rest(): Promise<string> }> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  return {
    async next() {
      while (!buffer.includes('\n\n')) {
        const { value, done } = await reader.read();
        if (done) return undefined;
        buffer += value.replaceAll('\r', '');
      }
      const end = buffer.indexOf('\n\n') + 2;
      const event = buffer.slice(0, end);
      buffer = buffer.slice(end);
      return event;
    },
    async rest() {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return buffer;
        buffer += value;
      }
    },
  };
}

describe('streams', () => {
  it('answers with JSON when a stream carries nothing but the answer', async () => {
    scripted.script = ({ message }, response) =>
      void events(response).end(`event: message\nid: 9\ndata: ${result(message?.id)}\n\n`);
    const response = await call();
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({ id: 'c', result: { content: [{ text: 'ok' }] } });
  });

  it('carries each event when it comes, bytes as they were', async () => {
    let send: ((text: string) => void) | undefined;
    let id: unknown;
    scripted.script = ({ message }, response) => {
      id = message?.id;
      events(response);
      send = (text) => response.write(text);
    };
    const pending = call();
    await until(() => send);
    const odd =
      'id: 1\r\nretry: 50\r\ndata: {"jsonrpc" : "2.0",\r\ndata: "method":"notifications/progress","params":{"progressToken":1,"progress":1.0}}\r\n\r\n';
    send!(odd);
    const response = await pending;
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const stream = await eventsOf(response);
    expect(await stream.next()).toBe(odd.replaceAll('\r', ''));
    send!(': comment\n\n');
    expect(await stream.next()).toBe(': comment\n\n');
    send!(`data: ${result(id)}\n\n`);
    expect(await stream.next()).toMatch(/^data: \{"jsonrpc":"2.0","id":"c","result"/);
    expect(await stream.next()).toBeUndefined();
  });

  it('gives a client that takes only JSON the answer alone, and one that takes only events an event', async () => {
    scripted.script = ({ message }, response) =>
      void events(response).end(
        `data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}\n\ndata: ${result(message?.id)}\n\n`,
      );
    const json = await call({ accept: 'application/json' });
    expect(await json.json()).toMatchObject({ id: 'c', result: {} });
    scripted.script = ({ message }, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(result(message?.id));
    const asEvents = await call({ accept: 'text/event-stream' });
    expect(asEvents.headers.get('content-type')).toBe('text/event-stream');
    expect(await asEvents.text()).toMatch(/^data: \{"jsonrpc":"2.0","id":"c".*\}\n\n$/);
  });

  it('lets the client see a stream begin that stays silent', async () => {
    let finish: (() => void) | undefined;
    scripted.script = ({ message }, response) => {
      events(response);
      finish = () => response.end(`data: ${result(message?.id)}\n\n`);
    };
    const response = await call();
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    finish!();
    expect(await response.text()).toMatch(/"id":"c"/);
  });

  it('carries progress', async () => {
    const { client: sdk } = await client();
    const seen: number[] = [];
    const done = await sdk.callTool({ name: 'progress', arguments: { steps: 5 } }, undefined, {
      onprogress: ({ progress }) => seen.push(progress),
    });
    expect(textOf(done)).toBe('done');
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('carries cancellation, and ends the call that nobody waits for', async () => {
    const { client: sdk } = await client();
    const cancel = new AbortController();
    const cancelled = sdk.callTool({ name: 'wait', arguments: { key: 'k' } }, undefined, {
      signal: cancel.signal,
    });
    cancelled.catch(() => undefined);
    await until(() => upstream.sessions.size === 1 && features().waiting.has('k'));
    cancel.abort('changed my mind');
    await expect(cancelled).rejects.toThrow();
    await until(() => features().cancelled.includes('k'));
    await until(() => gateway.recorder.terminal('tools/call').length === 1);
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({
      outcome: 'error',
      error: 'request.cancelled',
    });
    // Nothing to cancel any more: accepted, and not passed on.
    const before = upstream.requests.length;
    await sdk.notification({ method: 'notifications/cancelled', params: { requestId: 12345 } });
    expect(upstream.requests.length).toBe(before);
  });

  it('carries what an upstream sends unasked on the GET stream', async () => {
    const changed: unknown[] = [];
    await client('features', {}, (sdk) =>
      sdk.setNotificationHandler(
        ToolListChangedNotificationSchema,
        (notification) => void changed.push(notification),
      ),
    );
    await streamOpen();
    await until(() => upstream.sessions.size === 1);
    await features().server.server.sendToolListChanged();
    await until(() => changed.length === 1);
  });

  it('lets a client come back for an answer with the id of the last event it saw', async () => {
    const store = new InMemoryEventStore();
    const resumable = await startFeatureServer({ eventStore: () => store, retryInterval: 20 });
    gateway.connect('resumable', resumable.url);
    const { client: sdk, close } = await connectClient(gateway.url('resumable'), bearer(key));
    const waiting = sdk.callTool({ name: 'wait', arguments: { key: 'k' } });
    const session = () => [...resumable.sessions.values()][0]!;
    await until(() => resumable.sessions.size === 1 && session().waiting.has('k'));
    // The upstream ends the stream of the call early and expects the client back.
    const transport = session().server.server.transport as unknown as {
      _webStandardTransport: {
        _requestToStreamMapping: Map<number, string>;
        closeSSEStream(id: number): void;
      };
    };
    for (const id of transport._webStandardTransport._requestToStreamMapping.keys())
      transport._webStandardTransport.closeSSEStream(id);
    await until(() => resumable.requests.some(({ headers }) => headers['last-event-id'] !== undefined));
    expect(gateway.gateway.figures().calls).toBe(1);
    session().waiting.get('k')!('at last');
    expect(textOf(await waiting)).toBe('at last');
    expect(gateway.recorder.terminal('tools/call')).toHaveLength(1);
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({ outcome: 'ok' });
    await close();
    await resumable.stop();
  });

  it('limits the streams of a session', async () => {
    gateway.policy.rule = () => undefined;
    scripted.script = (_call, response) => void events(response);
    const initialized = await post({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
    });
    const headers = {
      ...bearer(key),
      accept: 'text/event-stream',
      'mcp-session-id': initialized.headers.get('mcp-session-id')!,
    };
    const abort = new AbortController();
    const streams = await Promise.all(
      Array.from({ length: 16 }, () => fetch(gateway.url('scripted'), { headers, signal: abort.signal })),
    );
    expect(streams.every(({ status }) => status === 200)).toBe(true);
    expect((await fetch(gateway.url('scripted'), { headers })).status).toBe(405);
    abort.abort();
    await until(() => gateway.gateway.figures().streams === 0);
    const again = new AbortController();
    expect((await fetch(gateway.url('scripted'), { headers, signal: again.signal })).status).toBe(200);
    again.abort();
    await until(() => gateway.gateway.figures().streams === 0);
  });

  it('holds an upstream back for a client that does not read, and ends with it', async () => {
    let written = 0;
    let blocked = false;
    scripted.script = ({ message }, response) => {
      events(response);
      const block = `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x'.repeat(100_000) } })}\n\n`;
      const more = (): void => {
        while (written < 2_000) {
          written += 1;
          if (!response.write(block)) {
            blocked = true;
            response.once('drain', more);
            return;
          }
        }
        response.end(`data: ${result(message?.id)}\n\n`);
      };
      more();
    };
    const abort = new AbortController();
    const response = await post(
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } },
      {},
      'scripted',
      abort.signal,
    );
    expect(response.status).toBe(200);
    await until(() => blocked);
    const before = written;
    await new Promise((resolve) => setImmediate(resolve));
    expect(before).toBeLessThan(2_000);
    abort.abort();
    // The call goes on without its client: a dropped connection cancels nothing.
    await until(() => gateway.recorder.terminal('tools/call').length === 1, { timeoutMs: 30_000 });
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({ outcome: 'ok' });
  });
});

describe('control orders', () => {
  const interactive = () => {
    let id: unknown;
    scripted.script = (seen, response) => {
      id = seen.message?.id;
      events(response).write(
        'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}\n\n',
      );
    };
    return () => id;
  };

  it('close streams within a second, of those they reach alone', async () => {
    const stranger = gateway.key('org-2');
    const streams = await Promise.all(
      [key, stranger].map(async (with_) => {
        const connected = await connectClient(gateway.url('features'), bearer(with_));
        return connected;
      }),
    );
    await until(() => gateway.gateway.figures().streams === 2);
    const at = performance.now();
    gateway.control.stop(stopOf());
    await until(() => gateway.gateway.figures().streams === 1);
    expect(performance.now() - at).toBeLessThan(1000);
    await Promise.all(streams.map((stream) => stream.client.close()));
    await until(() => gateway.gateway.figures().streams === 0);
  });

  it.each([
    ['agentSession', 'as-key-1-scripted', 'as-key-2-scripted'],
    ['connectionId', 'con-scripted', 'con-features'],
    ['keyId', 'key-1', 'key-2'],
  ])('reach calls by %s', async (field, mine, other) => {
    interactive();
    const pending = await call();
    const stream = await eventsOf(pending);
    expect(await stream.next()).toContain('notifications/message');
    gateway.control.stop(stopOf('abort', { reach: { tenantId: 'org-1', [field]: other } }));
    gateway.control.stop(stopOf('abort', { reach: { tenantId: 'org-2' } }));
    expect(gateway.gateway.figures().calls).toBe(1);
    gateway.control.stop(stopOf('stop', { reach: { tenantId: 'org-1', [field]: mine } }));
    expect(await stream.rest()).toMatch(/"code":-31503,.*"reason":"session.suspended"/);
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({
      outcome: 'unknown',
      error: 'session.suspended',
    });
  });

  it('in mode stop let unary calls end, in mode abort cut them, with outcome unknown', async () => {
    let answer: (() => void) | undefined;
    scripted.script = ({ message }, response) => {
      answer = () => events(response).end(`data: ${result(message?.id)}\n\n`);
    };
    const first = call();
    await until(() => answer);
    gateway.control.stop(stopOf('stop'));
    answer!();
    expect(await (await first).json()).toMatchObject({ result: {} });
    answer = undefined;
    const second = call({ 'x-igris-errors': 'http' });
    await until(() => answer);
    gateway.control.stop(stopOf('abort'));
    const cut = await second;
    expect(cut.status).toBe(503);
    expect(await cut.json()).toMatchObject({
      error: { code: -31503, data: { reason: 'session.suspended', message: 'runaway' } },
    });
    expect(gateway.recorder.last('tools/call').completion).toMatchObject({
      outcome: 'unknown',
      error: 'session.suspended',
    });
  });

  it('let a call that goes on become no stream any more', async () => {
    let response: Parameters<ScriptedUpstream['script']>[1] | undefined;
    scripted.script = (_call, given) => {
      response = events(given);
    };
    const pending = call({ 'x-igris-errors': 'http' });
    await until(() => response);
    gateway.control.stop(stopOf('stop', { cause: 'key_revoked' }));
    response!.write(
      'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}\n\n',
    );
    const answer = await pending;
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain('notifications/message');
  });

  it('reach a decision that was on its way when they came', async () => {
    const { client: sdk, transport } = await client('features');
    await until(() => gateway.gateway.figures().streams === 1);
    gateway.policy.rule = ({ method }) => {
      // The answer was given before the order, and arrives after it.
      if (method !== 'notifications/portcullis/stream_opened') return undefined;
      queueMicrotask(() => gateway.control.stop(stopOf()));
      return undefined;
    };
    const late = await fetch(gateway.url('features'), {
      headers: { ...bearer(key), accept: 'text/event-stream', 'mcp-session-id': transport.sessionId! },
    });
    expect(late.status).toBe(405);
    gateway.policy.rule = () => undefined;
    await sdk.ping();
  });

  it('cut what the upstream is waiting for', async () => {
    let asked = false;
    const { client: sdk } = await client('features', { sampling: {} }, (prepared) =>
      prepared.setRequestHandler(CreateMessageRequestSchema, () => {
        asked = true;
        return new Promise(() => undefined);
      }),
    );
    const pending = sdk.callTool({ name: 'sample', arguments: { prompt: 'p' } });
    pending.catch(() => undefined);
    await until(() => asked);
    expect(gateway.gateway.figures().serverRequests).toBe(1);
    gateway.control.stop(stopOf());
    await expect(pending).rejects.toMatchObject({ code: -31503 });
    expect(gateway.gateway.figures().serverRequests).toBe(0);
    expect(gateway.recorder.last('sampling/createMessage').completion).toMatchObject({
      outcome: 'unknown',
      error: 'session.suspended',
    });
  });

  it('silence closes every governed stream', async () => {
    const { transport } = await client('features');
    await until(() => gateway.gateway.figures().streams === 1);
    interactive();
    const stream = await eventsOf(await call());
    await stream.next();
    gateway.control.setHealthy(false);
    await until(() => gateway.gateway.figures().streams === 0);
    expect(await stream.rest()).toContain('"reason":"policy.unavailable"');
    const refused = await fetch(gateway.url('features'), {
      headers: { ...bearer(key), accept: 'text/event-stream', 'mcp-session-id': transport.sessionId! },
    });
    expect(refused.status).toBe(405);
    gateway.control.setHealthy(true);
  });

  it('tell clients that lists have changed when a policy is published', async () => {
    const changed: unknown[] = [];
    await client('features', {}, (sdk) =>
      sdk.setNotificationHandler(ToolListChangedNotificationSchema, () => void changed.push(1)),
    );
    await until(() => gateway.gateway.figures().streams === 1);
    gateway.control.publish({ tenantId: 'org-2' });
    gateway.control.publish({ tenantId: 'org-1', connectionId: 'con-features' });
    await until(() => changed.length === 1);
  });
});
