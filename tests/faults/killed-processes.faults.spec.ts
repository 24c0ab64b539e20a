import { until } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { startTestLogs } from '../e2e/event-logs.js';
import { connectUpstream, Load, startCountingUpstream, type CountingUpstream } from './ledger.js';
import { expectUndisturbed, expectWholeLedger, LONG } from './whole-ledger.js';

const { logs, stop: stopLogs } = await startTestLogs();

afterAll(stopLogs);

describe.each(logs)('on $name', ({ missing: reason, broker, env }) => {
  const missing = reason !== null;
  let portcullis: TestDeployment;
  let upstream: CountingUpstream;

  beforeAll(async () => {
    if (missing) return;
    upstream = await startCountingUpstream();
    portcullis = await startTestDeployment({ bare: true, env });
    await connectUpstream(portcullis, 'counting', upstream.url);
  });

  afterAll(async () => {
    await portcullis?.stop();
    await upstream?.stop();
  });

  it.skipIf(missing)(
    'loses and repeats nothing when the gateway is killed 20 times under load',
    async () => {
      const load = new Load(portcullis, 'counting', `kill-gateway-${Date.now()}`);
      for (let kill = 0; kill < 20; kill += 1) {
        const before = load.accepted.size;
        await until(() => load.accepted.size > before + 20, LONG);
        portcullis.kill('gateway');
        await until(() => load.cut.size > 0 || load.refused.size > 0, LONG);
      }
      const last = load.accepted.size;
      await until(() => load.accepted.size > last, LONG);
      await load.stop();
      await expectWholeLedger(portcullis, upstream, load);
    },
    300_000,
  );

  it.skipIf(missing)(
    'refuses while policy is gone, forwards nothing, and recovers by itself',
    async () => {
      const load = new Load(portcullis, 'counting', `kill-policy-${Date.now()}`);
      const gateway = portcullis.pids['gateway'];
      await until(() => load.accepted.size > 50, LONG);
      portcullis.kill('policy');
      await until(() => [...load.refused.values()].includes('policy.unavailable'), LONG);
      const refusedAt = load.accepted.size;
      await until(() => load.accepted.size > refusedAt + 50, LONG);
      await load.stop();
      expect(portcullis.pids['gateway']).toBe(gateway);
      expect(new Set(load.refused.values())).toEqual(new Set(['policy.unavailable']));
      await expectWholeLedger(portcullis, upstream, load);
    },
    180_000,
  );

  it.skipIf(missing)(
    'goes on while the audit store is gone, and stores every row later, once',
    async () => {
      const load = new Load(portcullis, 'counting', `kill-clickhouse-${Date.now()}`);
      await until(() => load.accepted.size > 50, LONG);
      portcullis.kill('clickhouse');
      const killedAt = load.accepted.size;
      await until(() => load.accepted.size > killedAt + 200, LONG);
      await load.stop();
      expectUndisturbed(load);
      await portcullis.waitHealthy();
      await expectWholeLedger(portcullis, upstream, load);
    },
    180_000,
  );

  // The Postgres log goes away otherwise: unavailable-log.faults.spec.ts.
  if (broker !== undefined)
    it('spools while the log is gone, and drains later', async () => {
      const load = new Load(portcullis, 'counting', `kill-log-${Date.now()}`);
      await until(() => load.accepted.size > 50, LONG);
      await broker.kill();
      const killedAt = load.accepted.size;
      await until(() => load.accepted.size > killedAt + 200, LONG);
      await broker.restart();
      await load.stop();
      expectUndisturbed(load);
      await expectWholeLedger(portcullis, upstream, load);
    }, 180_000);
});
