import {
  LIVE_NAMESPACE,
  type LiveClientToServer,
  type LiveServerToClient,
  type LiveToolCall,
} from '@portcullis/contracts';
import { until } from '@portcullis/testing';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { startTestLogs } from '../e2e/event-logs.js';
import { connectUpstream, startCountingUpstream, type CountingUpstream } from './ledger.js';
import { startSecondApi } from './second-api.js';

const LONG = { timeoutMs: 90_000, intervalMs: 100 };
/** Few enough that the limit of the feed leaves none out, also while a client catches up. */
const PAUSE_MS = 25;

const { logs, stop: stopLogs } = await startTestLogs();

let portcullis: TestDeployment;

afterAll(stopLogs);

/** One call after another, each with a trace of its own. */
class SteadyCalls {
  readonly accepted: string[] = [];
  private stopping = false;
  private readonly worker = this.work();

  constructor(private readonly name: string) {}

  async stop(): Promise<void> {
    this.stopping = true;
    await this.worker;
  }

  private async work(): Promise<void> {
    await Promise.resolve();
    for (let n = 0; !this.stopping; n += 1) {
      const trace = `${this.name}-${n}`;
      try {
        const response = await fetch(`${portcullis.gatewayUrl}/v1/mcp/counting`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${portcullis.bootstrap.agentKey}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream',
            'x-igris-trace-id': trace, 'x-igris-errors': 'http',
          },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'note', arguments: { call: trace } } }),
        }); // prettier-ignore
        await response.text();
        if (response.ok) this.accepted.push(trace);
      } catch {
        // The gateway is what is not killed here; a call that was cut says nothing.
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** A page as it should be: it comes back by itself and says where it was. */
class Watcher {
  readonly calls: LiveToolCall[] = [];
  readonly counted = { dropped: 0, resumed: 0, incomplete: 0 };
  readonly socket: Socket<LiveServerToClient, LiveClientToServer>;
  private after: string | undefined;

  constructor() {
    this.socket = io(portcullis.apiUrl + LIVE_NAMESPACE, {
      transports: ['websocket'],
      reconnectionDelay: 100,
      reconnectionDelayMax: 500,
      auth: (send) =>
        send({
          token: portcullis.bootstrap.apiKey,
          batch: true,
          q: 'tool:note',
          ...(this.after === undefined ? {} : { after: this.after }),
        }),
    });
    this.socket.on('events', (events) => {
      for (const event of events) {
        this.after = event.id;
        if (event.name === 'tool_call') this.calls.push(event.payload);
      }
    });
    this.socket.on('position', (id) => (this.after = id));
    this.socket.on('dropped', ({ count }) => (this.counted.dropped += count));
    this.socket.on('resumed', ({ complete }) => {
      this.counted.resumed += 1;
      if (!complete) this.counted.incomplete += 1;
    });
  }

  get traces(): string[] {
    return this.calls.map(({ traceId }) => traceId);
  }
}

/** Every call was shown or, what the limit of the feed left out of a burst, counted; none was shown twice. */
async function expectAll(watcher: Watcher, load: SteadyCalls): Promise<void> {
  await load.stop();
  await until(() => {
    const seen = new Set(watcher.traces);
    return load.accepted.filter((trace) => !seen.has(trace)).length <= watcher.counted.dropped;
  }, LONG);
  const ids = watcher.calls.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(watcher.counted.incomplete).toBe(0);
}

describe.each(logs)('a page that watches $name', ({ missing, broker, env }) => {
  const skipped = missing !== null;
  let upstream: CountingUpstream;

  beforeAll(async () => {
    if (skipped) return;
    upstream = await startCountingUpstream();
    portcullis = await startTestDeployment({ bare: true, env });
    await connectUpstream(portcullis, 'counting', upstream.url);
  }, 120_000);

  afterAll(async () => {
    await portcullis?.stop();
    await upstream?.stop();
  });

  it.skipIf(skipped || process.platform !== 'linux')(
    'sees no more at any replica once its key is revoked at one',
    async () => {
      const other = await startSecondApi(portcullis);
      onTestFinished(() => other.stop());
      const { data: key } = await portcullis.api<{ id: string; secret: string }>('POST', '/api-keys', {
        label: 'a page elsewhere',
        scopes: ['events:read', 'audit:read'],
      });
      const socket = io(other.url + LIVE_NAMESPACE, {
        transports: ['websocket'],
        reconnection: false,
        auth: { token: key.secret },
      });
      await until(() => socket.connected, LONG);
      const stream = await fetch(`${other.url}/api/v1/events`, {
        headers: { authorization: `Bearer ${key.secret}`, accept: 'text/event-stream' },
      });
      expect(stream.status).toBe(200);
      let isOpen = true;
      const reading = stream.text().then(
        () => (isOpen = false),
        () => (isOpen = false),
      );
      expect([socket.connected, isOpen]).toEqual([true, true]);
      await portcullis.api('DELETE', `/api-keys/${key.id}`);
      // Sooner than a credential is looked at again without being told of.
      await until(() => !socket.connected && !isOpen, { timeoutMs: 20_000 });
      await reading;
    },
    180_000,
  );

  it.skipIf(skipped)(
    'misses and sees twice no call when the API is killed under it',
    async () => {
      const watcher = new Watcher();
      await until(() => watcher.socket.connected, LONG);
      const load = new SteadyCalls(`api-${Date.now()}`);
      for (let kill = 0; kill < 4; kill += 1) {
        const before = watcher.calls.length;
        await until(() => watcher.calls.length > before + 20, LONG);
        portcullis.kill('api');
        await until(() => watcher.counted.resumed > kill, LONG);
      }
      await expectAll(watcher, load);
      watcher.socket.disconnect();
    },
    300_000,
  );

  it.skipIf(skipped)(
    'goes on when the log was gone and is back',
    async () => {
      const watcher = new Watcher();
      await until(() => watcher.socket.connected, LONG);
      const load = new SteadyCalls(`log-${Date.now()}`);
      await until(() => watcher.calls.length > 20, LONG);
      const api = portcullis.pids['api'];
      if (broker === undefined) portcullis.kill('postgres');
      else {
        await broker.kill();
        await broker.restart();
      }
      await until(() => portcullis.waitHealthy().then(() => true), LONG);
      const before = load.accepted.length;
      await until(() => load.accepted.length > before + 20, LONG);
      await expectAll(watcher, load);
      expect(portcullis.pids['api']).toBe(api);
      watcher.socket.disconnect();
    },
    300_000,
  );
});
