import { healthSchema } from '@portcullis/contracts';
import { until } from '@portcullis/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AnomalyRig } from '../test/anomaly-rig.js';
import { newRecord } from '../test/calls.js';
import { troubledTraffic } from '../test/troubled-traffic.js';

describe('the process', () => {
  let rig: AnomalyRig;
  beforeAll(async () => {
    rig = await AnomalyRig.open();
  }, 300_000);
  afterEach(() => rig.kill());
  afterAll(() => rig?.close());

  it('refuses a setting that is out of range, in one line', async () => {
    const refused = rig.start({ PORTCULLIS_ANOMALY_RATE_MULTIPLIER: '1' });
    await until(() => refused.child.exitCode !== null, { timeoutMs: 60_000 });
    expect(refused.child.exitCode).toBe(78);
    expect(refused.output().trim().split('\n')).toEqual([
      expect.stringContaining('PORTCULLIS_ANOMALY_RATE_MULTIPLIER is invalid: "1"'),
    ]);
  });

  it('tells its health and its figures, and stops when told to', async () => {
    const serving = rig.start();
    await serving.whenServing();
    await rig.log.append(troubledTraffic(1, 300).map(newRecord));
    await rig.caughtUp();
    const health = healthSchema.parse(JSON.parse((await serving.get('/health')).body));
    expect(health).toMatchObject({ service: 'anomaly', status: 'serving' });
    expect(health.checks.map(({ name }) => name)).toEqual(['log', 'catch-up', 'snapshots']);
    const { body } = await serving.get('/metrics');
    expect(body).toMatch(/anomaly_records_total\{outcome="observed",service="anomaly"\} \d\d\d/);
    expect(body).toMatch(
      /anomaly_findings_total\{kind="destructive_name",severity="\w+",service="anomaly"\} \d/,
    );
    expect(body).toMatch(/anomaly_lag_records\{partition="gateway.calls.v1\/0",service="anomaly"\} \d/);
    expect(await serving.stop('SIGTERM')).toBe(0);
  });
});
