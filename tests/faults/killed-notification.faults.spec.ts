import { until } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { startTestLogs } from '../e2e/event-logs.js';
import { startAlertReceiver, type AlertReceiver } from './alert-receiver.js';
import { startCountingUpstream, type CountingUpstream } from './ledger.js';

const CONNECTIONS = ['first', 'second', 'third', 'fourth'];
const KILLS = 5;
/** Calls on each connection between two kills: each raises an alert of its own. */
const CALLS = 6;
const LONG = { timeoutMs: 150_000, intervalMs: 50 };

interface DeliveryRow {
  readonly id: string;
  readonly status: string;
}

const { logs, stop: stopLogs } = await startTestLogs();

afterAll(stopLogs);

describe.each(logs)('on $name', ({ missing: reason, env }) => {
  const missing = reason !== null;
  let portcullis: TestDeployment;
  let upstream: CountingUpstream;
  let receiver: AlertReceiver;

  beforeAll(async () => {
    if (missing) return;
    upstream = await startCountingUpstream();
    receiver = await startAlertReceiver(() => Math.random() * 30);
    // Each alert shall come alone, however many there are: no digest hides one that is missing.
    portcullis = await startTestDeployment({
      bare: true,
      env: { ...env, PORTCULLIS_NOTIFICATION_STORM_BURST: '10000' },
    });
    const routes = [];
    for (const slug of CONNECTIONS) {
      await portcullis.api('POST', '/connections', {
        slug,
        name: slug,
        upstreamUrl: upstream.url,
        authType: 'none',
      });
      const rules = Array.from({ length: KILLS * CALLS }, (_, n) => ({
        name: `${slug}/${n}`,
        target: { kind: 'mcp_tool', tool: `tool_${n}` },
        action: 'alert',
      }));
      await portcullis.api('POST', '/policies', { name: slug, connection: slug, rules });
      const { data } = await portcullis.api<{ id: string }>('POST', '/notification-channels', {
        type: 'webhook',
        name: slug,
        settings: { url: receiver.url },
      });
      routes.push({
        name: slug,
        matchers: { connections: [slug] },
        channels: [data.id],
        groupBy: ['alert'],
        groupWait: 0,
      });
    }
    await portcullis.api('PUT', '/notification-routes', { routes, defaultRoute: {} });
  });

  afterAll(async () => {
    await portcullis?.stop();
    await receiver?.stop();
    await upstream?.stop();
  });

  /** Resolves with the rule that raised an alert, once the call is answered. */
  const call = async (slug: string, n: number): Promise<string> => {
    const response = await fetch(`${portcullis.gatewayUrl}/v1/mcp/${slug}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${portcullis.bootstrap.agentKey}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: `tool_${n}`, arguments: {} },
      }),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { data?: { reason?: string } } };
    if (answer.result !== undefined) return `${slug}/${n}`;
    // A decision that came late, as one may on a busy machine: nothing was decided, so nothing was raised.
    if (answer.error?.data?.reason === 'policy.unavailable') return call(slug, n);
    throw new Error(`the call was refused: ${JSON.stringify(answer)}`);
  };

  it.skipIf(missing)(
    'tells of every alert, and of none under two ids, when notification is killed at random points under load',
    async () => {
      const raised = new Set<string>();
      for (let kill = 0; kill < KILLS; kill += 1) {
        const before = receiver.received.length;
        const calling = CONNECTIONS.map(async (slug) => {
          for (let n = 0; n < CALLS; n += 1) raised.add(await call(slug, kill * CALLS + n));
        });
        const some = 1 + Math.floor(Math.random() * 4);
        await until(() => receiver.received.length >= before + some, LONG);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
        const killed = portcullis.pids['notification'];
        portcullis.kill('notification');
        await Promise.all(calling);
        await until(() => ![undefined, killed].includes(portcullis.pids['notification']), LONG);
      }

      expect(raised.size).toBe(KILLS * CALLS * CONNECTIONS.length);
      await until(() => receiver.rules().size >= raised.size, { ...LONG, describe: 'every alert to arrive' });
      expect(receiver.rules()).toEqual(raised);

      const deliveries = new Map<string, DeliveryRow>();
      await until(
        async () => {
          for (const delivery of await everything<DeliveryRow>('/notification-deliveries'))
            deliveries.set(delivery.id, delivery);
          return (
            deliveries.size > 0 && [...deliveries.values()].every(({ status }) => status === 'delivered')
          );
        },
        { ...LONG, intervalMs: 500, describe: 'every delivery to be on record' },
      );

      // A webhook may come twice, but then it is the same one: an alert has one id and one body, which history knows.
      const webhooks = new Map<string, Set<string>>();
      for (const { alerts, id, body } of receiver.received) {
        expect(alerts).toHaveLength(1);
        const rule = alerts[0]!.rule!;
        webhooks.set(rule, (webhooks.get(rule) ?? new Set()).add(`${id} ${body}`));
      }
      expect([...webhooks].filter(([, ids]) => ids.size !== 1)).toEqual([]);
      expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set(deliveries.keys()));

      // And none was taken in twice.
      const alerts = await everything<{ rule: string; occurrences: number; state: string }>('/alerts');
      expect(new Set(alerts.map(({ rule }) => rule))).toEqual(raised);
      expect(alerts.filter(({ occurrences, state }) => occurrences !== 1 || state !== 'open')).toEqual([]);
    },
    600_000,
  );

  const everything = async <Row>(path: string): Promise<Row[]> => {
    const found: Row[] = [];
    for (let cursor: string | null = null; ;) {
      const { data, meta }: { data: Row[]; meta: Record<string, unknown> } = await portcullis.api<Row[]>(
        'GET',
        `${path}?limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      found.push(...data);
      cursor = (meta['cursor'] as string | null | undefined) ?? null;
      if (cursor === null) return found;
    }
  };
});
