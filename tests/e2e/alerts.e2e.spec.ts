import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Igris } from '@portcullis/sdk';
import { until } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from './deployment.js';
import { startTestLogs } from './event-logs.js';

interface Alert {
  id: string;
  kind: string;
  state: string;
  severity: string;
  rule: string | null;
  occurrences: number;
  connection: { slug: string } | null;
  acknowledgedBy: string | null;
}
interface AlertDetail extends Alert {
  evidence: { lens: { q: string; from: string; to: string } };
  history: { type: string; note: string | null }[];
}

const LONG = { timeoutMs: 30_000, intervalMs: 200 };

const { logs, stop: stopLogs } = await startTestLogs();

afterAll(stopLogs);

describe.each(logs)('an alert, as somebody on call sees it, on $name', ({ missing, env }) => {
  const test = it.skipIf(missing !== null);
  let portcullis: TestDeployment;
  let agent: Igris;

  beforeAll(async () => {
    if (missing !== null) return;
    portcullis = await startTestDeployment({ env });
    const policies = await portcullis.api<{ id: string }[]>('GET', '/policies');
    for (const { id } of policies.data) await portcullis.api('POST', `/policies/${id}/deactivate`);
    await portcullis.api('POST', '/policies', {
      name: 'watched',
      rules: [
        {
          name: 'echo is watched',
          target: { kind: 'mcp_tool', tool: '*' },
          action: 'alert',
          severity: 'high',
        },
      ],
    });
    agent = new Igris({ apiKey: portcullis.bootstrap.agentKey, baseUrl: portcullis.gatewayUrl });
  });
  afterAll(() => portcullis?.stop());

  const alerts = async (filter = '') => (await portcullis.api<Alert[]>('GET', `/alerts${filter}`)).data;
  const theAlert = async (kind: string, state = 'open,reopened') => {
    let found: Alert | undefined;
    await until(async () => (found = (await alerts(`?kind=${kind}&state=${state}`))[0]) !== undefined, LONG);
    return found!;
  };
  const lens = async (q: string, from = 'now-1h', to?: string) => {
    const body = { q, from, ...(to === undefined ? {} : { to }), limit: 50 };
    return (await portcullis.api<{ rows: Record<string, unknown>[] }>('POST', '/lens/query', body)).data.rows;
  };

  test('names the service in the health page', async () => {
    const { data } = await portcullis.api<{ services: Record<string, unknown> }>('GET', '/health');
    expect(data.services).toHaveProperty('notification', { status: 'serving' });
  });

  test('comes of calls a rule lets pass with an alert, and leads to them in Lens', async () => {
    for (let n = 0; n < 3; n += 1)
      await agent.mcp.callTool('everything', 'echo', { message: `watched ${n}` });
    const { id } = await theAlert('policy_alert');
    let detail: AlertDetail | undefined;
    await until(async () => {
      detail = (await portcullis.api<AlertDetail>('GET', `/alerts/${id}`)).data;
      return detail.occurrences === 3;
    }, LONG);
    expect(detail).toMatchObject({
      kind: 'policy_alert',
      severity: 'high',
      state: 'open',
      rule: 'echo is watched',
      connection: { slug: 'everything' },
    });
    const { q, from, to } = detail!.evidence.lens;
    await until(async () => (await lens(q, from, to)).length === 3, LONG);
  });

  test('is acknowledged, muted, resolved and reopened, and the audit history says who did it', async () => {
    const { id } = await theAlert('policy_alert');
    const act = async (action: string, body: object = {}) =>
      (await portcullis.api<Alert>('POST', `/alerts/${id}/${action}`, body)).data;
    expect(await act('acknowledge', { note: 'on it' })).toMatchObject({ state: 'acknowledged' });
    await act('mute', { until: new Date(Date.now() + 60_000).toISOString() });
    await act('unmute');
    expect(await act('resolve', { note: 'a drill' })).toMatchObject({ state: 'resolved' });
    await agent.mcp.callTool('everything', 'echo', { message: 'again' });
    expect(await theAlert('policy_alert', 'reopened')).toMatchObject({ id, acknowledgedBy: null });
    const { history } = (await portcullis.api<AlertDetail>('GET', `/alerts/${id}`)).data;
    expect(history.map(({ type }) => type)).toEqual([
      'AlertReopened',
      'AlertResolved',
      'AlertUnmuted',
      'AlertMuted',
      'AlertAcknowledged',
      'AlertOpened',
    ]);
    await until(async () => (await lens('type:alert_reopened')).length === 1, LONG);
    const [row] = await lens('type:alert_acknowledged');
    expect(row).toMatchObject({ connection: 'everything', rule: 'echo is watched' });
    expect(String(row!['actor'])).toMatch(/^api_key:/);
    expect(row!['attrs']).toMatchObject({ note: 'on it', state: 'acknowledged' });
  });

  test('comes of a kill switch, shows on the live feed, and ends with its release', async () => {
    const events = new AbortController();
    const response = await fetch(`${portcullis.apiUrl}/api/v1/events`, {
      headers: { authorization: `Bearer ${portcullis.bootstrap.apiKey}` },
      signal: events.signal,
    });
    let seen = '';
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body!) seen += decoder.decode(chunk as Uint8Array, { stream: true });
    })().catch(() => undefined);
    const engaged = await portcullis.api<{ id: string }>('POST', '/kill-switches', {
      scope: 'connection',
      target: 'everything',
      reason: 'drill',
    });
    const alert = await theAlert('kill_switch');
    expect(alert).toMatchObject({ severity: 'high', connection: { slug: 'everything' } });
    await until(() => seen.includes('AlertOpened') && seen.includes(alert.id), LONG);
    await portcullis.api('DELETE', `/kill-switches/${engaged.data.id}`);
    await until(async () => (await alerts('?kind=kill_switch&state=resolved')).length === 1, LONG);
    events.abort();
    await reading;
  });

  test('reaches a receiver at once when it is critical, and says what was delivered', async () => {
    const bodies: string[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const channel = await portcullis.api<{ id: string }>('POST', '/notification-channels', {
      type: 'webhook',
      name: 'on call',
      settings: { url },
    });
    await portcullis.api('PUT', '/notification-routes', {
      routes: [{ name: 'page', matchers: { severity: 'critical' }, channels: [channel.data.id] }],
      defaultRoute: {},
    });
    const engaged = await portcullis.api<{ id: string }>('POST', '/kill-switches', {
      scope: 'organization',
      reason: 'drill',
    });
    const alert = await theAlert('kill_switch');
    await until(() => bodies.some((body) => body.includes(alert.id)), LONG);
    await until(async () => {
      const { deliveries } = (
        await portcullis.api<{ deliveries: { status: string; channel: string }[] }>(
          'GET',
          `/alerts/${alert.id}`,
        )
      ).data;
      return deliveries.some(({ status, channel: name }) => status === 'delivered' && name === 'on call');
    }, LONG);
    await portcullis.api('DELETE', `/kill-switches/${engaged.data.id}`);
    receiver.close();
  });
});
