import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  allTopics,
  CONSUMER_GROUPS,
  deadLetterTopic,
  systemViewSchema,
  TOPICS,
  type SystemView,
} from '@portcullis/contracts';
import { InMemoryEventLog } from '@portcullis/eventlog';
import { InternalClient } from '@portcullis/service';
import { until } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditHistory } from '../../test/audit-history.js';
import { liveCall } from '../../test/live-calls.js';
import { startTestApi, type TestApi } from '../../test/start-test-api.js';
import { AuditStore } from '../audit-store/audit-store.js';

const TOKEN = 'x'.repeat(40);
const reader = { tenantId: 'acme', ownerId: 'm1', scopes: ['system:read'] };

let history: AuditHistory;
let log: InMemoryEventLog;
let internal: Server;
let clients: Map<string, InternalClient>;
const running: TestApi[] = [];

/** A service's internal listener, as far as this page asks it; what is in `answers` is all it knows. */
async function serviceThat(
  answers: Record<string, object>,
): Promise<{ server: Server; client: InternalClient }> {
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response
      .writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer ?? { code: 'internal.not_found' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server,
    client: new InternalClient(
      { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port },
      TOKEN,
      'gateway',
    ),
  };
}

async function viewOf(api: TestApi): Promise<SystemView> {
  const { status, body } = await api.call(reader, 'GET', '/system');
  expect(status).toBe(200);
  return systemViewSchema.parse(body.data);
}

beforeAll(async () => {
  history = await AuditHistory.start();
  await history.add([{ time: Date.UTC(2026, 0, 1) }, { time: Date.UTC(2026, 0, 2) }]);
  log = new InMemoryEventLog();
  await log.ensureTopics(allTopics());
  const gateway = await serviceThat({
    '/health': {
      service: 'gateway',
      status: 'serving',
      version: '0.1.0',
      startedAt: new Date(Date.now() - 90_000).toISOString(),
      checks: [],
    },
    '/internal/v1/status': {
      gateway: 'gateway-1',
      spool: {
        bytes: 4096,
        oldestUnsentAt: new Date(Date.now() - 5_000).toISOString(),
        refusing: false,
        sending: true,
      },
    },
  });
  internal = gateway.server;
  const nobody = new InternalClient({ kind: 'tcp', host: '127.0.0.1', port: 1 }, TOKEN, 'audit');
  clients = new Map([
    ['gateway', gateway.client],
    ['audit', nobody],
  ]);
});

afterAll(async () => {
  for (const api of running) await api.close();
  for (const client of clients?.values() ?? []) await client.close();
  internal?.close();
  await log?.close();
  await history?.stop();
});

async function start(parts: Parameters<typeof startTestApi>[0] = {}): Promise<TestApi> {
  const api = await startTestApi({
    store: history.store,
    healthClients: clients,
    systemLog: { backend: 'postgres', figures: log },
    ...parts,
  });
  running.push(api);
  return api;
}

describe('GET /api/v1/system', () => {
  it('says how far each consumer is, what the spool holds, what is dead and what is stored', async () => {
    await log.append([
      liveCall({ id: '1' }),
      liveCall({ id: '2' }),
      { topic: deadLetterTopic(TOPICS.calls.name), key: 'k', type: 'DeadLetter', value: Buffer.from('{}') },
    ]);
    const group = await log.subscribe({
      group: CONSUMER_GROUPS.anomaly.name,
      topics: [TOPICS.calls.name],
      from: 'beginning',
      onBatch: async () => undefined,
    });
    await until(async () =>
      [...(await log.committed(CONSUMER_GROUPS.anomaly.name, TOPICS.calls.name)).values()].some(
        (offset) => offset === 2n,
      ),
    );
    await group.stop();
    const view = await viewOf(await start());
    const lag = (service: string, topic: string) =>
      view.consumers.find((each) => each.service === service && each.topic === topic)?.lag;
    expect(lag('anomaly', TOPICS.calls.name)).toBe(0);
    expect(lag('audit', TOPICS.calls.name)).toBe(2);
    expect(lag('policy', TOPICS.calls.name)).toBe(2);
    expect(view.deadLetters.find(({ topic }) => topic === TOPICS.calls.name)).toEqual({
      topic: TOPICS.calls.name,
      records: 1,
      reason: null,
    });
    expect(view.spools).toMatchObject([
      { gateway: 'gateway-1', bytes: 4096, refusing: false, sending: true, reason: null },
    ]);
    expect(view.spools[0]?.oldestUnsentSeconds).toBeGreaterThan(4);
    expect(view.store).toMatchObject({
      rows: 2,
      oldestAt: '2026-01-01T00:00:00.000Z',
      newestAt: '2026-01-02T00:00:00.000Z',
      reason: null,
    });
    expect(view.store.bytes).toBeGreaterThan(0);
    expect(view.log).toEqual({ backend: 'postgres', reachable: true, reason: null });
    expect(view.services.find(({ service }) => service === 'gateway')).toMatchObject({
      status: 'serving',
      version: '0.1.0',
      reason: null,
    });
    expect(view.services.find(({ service }) => service === 'gateway')?.uptimeSeconds).toBeGreaterThan(80);
  });

  it('has nulls with a reason for what does not answer, and answers all the same', async () => {
    const unanswered = () => Promise.reject(new Error('gone'));
    const gone = new AuditStore('http://u:p@127.0.0.1:1/nothing');
    const view = await viewOf(
      await start({
        store: gone,
        systemLog: { backend: 'kafka', figures: { positions: unanswered, committed: unanswered } },
        healthClients: new Map([['gateway', clients.get('audit') as InternalClient]]),
      }),
    );
    expect(view.services.find(({ service }) => service === 'gateway')).toMatchObject({
      status: 'unreachable',
      uptimeSeconds: null,
      reason: 'The service does not answer.',
    });
    expect(view.consumers.every(({ lag, reason }) => lag === null && reason !== null)).toBe(true);
    expect(view.deadLetters.every(({ records, reason }) => records === null && reason !== null)).toBe(true);
    expect(view.spools).toMatchObject([
      { bytes: null, refusing: null, reason: 'The gateway does not answer.' },
    ]);
    expect(view.store).toEqual({
      rows: null,
      bytes: null,
      oldestAt: null,
      newestAt: null,
      reason: 'The audit store does not answer.',
    });
    expect(view.log).toMatchObject({ backend: 'kafka', reachable: false });
    expect(view.activities.serving.state).toBe('unknown');
    await gone.close();
  });

  it('answers in time when the log hangs', async () => {
    const hanging = () => new Promise<never>(() => undefined);
    const view = await viewOf(
      await start({
        systemLog: { backend: 'postgres', figures: { positions: hanging, committed: hanging } },
      }),
    );
    expect(view.log.reachable).toBe(false);
    expect(view.consumers.length).toBeGreaterThan(0);
    expect(view.consumers.every(({ lag }) => lag === null)).toBe(true);
  });
});
