import { Igris } from '@portcullis/sdk';
import { until } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from './deployment.js';
import { startTestLogs } from './event-logs.js';

interface Anomaly {
  readonly kind: string;
  readonly observed: { readonly value: number };
  readonly expected: { readonly threshold: number; readonly detail: { readonly multiplier?: number } };
  readonly lensQuery: { readonly q: string };
}

const LONG = { timeoutMs: 60_000, intervalMs: 200 };

const { logs, stop: stopLogs } = await startTestLogs();

afterAll(stopLogs);

// When a setting is in force follows from the clock of the log, and each log has one of its own.
describe.each(logs)('what is set of detection, on $name', ({ missing, env }) => {
  const test = it.skipIf(missing !== null);
  let portcullis: TestDeployment;
  let agent: Igris;

  beforeAll(async () => {
    if (missing !== null) return;
    // Every call may raise; no connection has to be watched for a day first.
    portcullis = await startTestDeployment({
      env: {
        ...env,
        PORTCULLIS_ANOMALY_COOLDOWN_SECONDS: '0',
        PORTCULLIS_ANOMALY_RATE_WARM_UP_MINUTES: '0',
      },
    });
    agent = new Igris({ apiKey: portcullis.bootstrap.agentKey, baseUrl: portcullis.gatewayUrl });
  });
  afterAll(() => portcullis?.stop());

  const anomalies = async (kind: string) =>
    (await portcullis.api<Anomaly[]>('GET', `/anomalies?kind=${kind}&limit=100`)).data;
  /** Whether the upstream has such a tool does not matter. */
  const call = (tool: string) => agent.mcp.callTool('everything', tool, { at: tool }).catch(() => undefined);

  test('silences a detector from a moment of the log on, and lets it speak from another', async () => {
    let made = 0;
    const found = async () => {
      const queries = (await anomalies('destructive_name')).map(({ lensQuery }) => lensQuery.q);
      return Array.from({ length: made }, (_, n) => queries.some((q) => q.includes(`tool:delete_${n}_`)));
    };
    const next = () => call(`delete_${made++}_`);
    await until(async () => (await next(), (await found()).includes(true)), LONG);
    await portcullis.api('PUT', '/anomaly-settings', { off: ['destructive_name'] });
    const turnedOff = made;
    // As slowly as below, so that some calls are made while it is off.
    await until(async () => (await next(), await found(), made >= turnedOff + 5), LONG);
    await portcullis.api('PUT', '/anomaly-settings', {});
    // A call that raises after one that did not shows that the latter was seen, since calls keep their order.
    let raised: readonly boolean[] = [];
    await until(async () => {
      await next();
      raised = await found();
      const silent = raised.indexOf(false);
      return silent !== -1 && raised.indexOf(true, silent) !== -1;
    }, LONG);
    const silent = raised.indexOf(false);
    expect(silent).toBeGreaterThanOrEqual(turnedOff);
    const again = raised.indexOf(true, silent);
    expect(raised.slice(silent, again)).not.toContain(true);
  });

  test('gives a spike another multiplier and another least of calls', async () => {
    await portcullis.api('PUT', '/anomaly-settings/everything', { rateMultiplier: 2.5, rateMinCalls: 3 });
    let spike: Anomaly | undefined;
    await until(async () => {
      await call('echo');
      spike = (await anomalies('rate_spike')).find(({ expected }) => expected.detail.multiplier === 2.5);
      return spike !== undefined;
    }, LONG);
    expect(spike!.observed.value).toBeGreaterThanOrEqual(spike!.expected.threshold);
    expect(spike!.expected.detail).toMatchObject({ multiplier: 2.5, minCalls: 3 });
  });
});
