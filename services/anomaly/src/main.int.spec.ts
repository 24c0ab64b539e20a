import { allTopics, healthSchema } from '@portcullis/contracts';
import { PostgresEventLog } from '@portcullis/eventlog';
import {
  startPostgres,
  throwawayFolder,
  until,
  type TestPostgres,
  type ThrowawayFolder,
} from '@portcullis/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildService, startProcess, whenServing, type AnomalyProcess } from '../test/anomaly-process.js';
import { newRecord } from '../test/calls.js';
import { isCaughtUp } from '../test/expected-findings.js';
import { troubledTraffic } from '../test/troubled-traffic.js';
import { ANOMALY_GROUP } from './consumption/calls.consumer.js';

describe('the process', () => {
  let postgres: TestPostgres;
  let folder: ThrowawayFolder;
  let url: string;
  let log: PostgresEventLog;
  let process: AnomalyProcess | undefined;

  beforeAll(async () => {
    buildService();
    postgres = await startPostgres();
    folder = await throwawayFolder('anomaly');
    url = await postgres.createDatabase();
    log = new PostgresEventLog({ connectionString: url, pollMs: 50 });
    await log.ensureTopics(allTopics());
  }, 300_000);

  afterEach(async () => {
    await process?.stop('SIGKILL');
    process = undefined;
  });

  afterAll(async () => {
    await log?.close();
    await postgres?.stop();
    await folder?.remove();
  });

  const start = (env: Record<string, string> = {}) =>
    (process = startProcess(
      {
        PORTCULLIS_POSTGRES_URL: url,
        PORTCULLIS_INTERNAL_TOKEN: 'x'.repeat(32),
        PORTCULLIS_ANOMALY_SNAPSHOT_SECONDS: '1',
        ...env,
      },
      `${folder.path}/anomaly.sock`,
    ));
  const caughtUp = () =>
    until(() => isCaughtUp(log, ANOMALY_GROUP), { timeoutMs: 60_000, describe: 'everything to be read' });

  it('refuses a setting that is out of range, in one line', async () => {
    const refused = start({ PORTCULLIS_ANOMALY_RATE_MULTIPLIER: '1' });
    await until(() => refused.child.exitCode !== null, { timeoutMs: 60_000 });
    expect(refused.child.exitCode).toBe(78);
    expect(refused.output().trim().split('\n')).toEqual([
      expect.stringContaining('PORTCULLIS_ANOMALY_RATE_MULTIPLIER is invalid: "1"'),
    ]);
  });

  it('tells its health and its figures, and stops when told to', async () => {
    const serving = start();
    await whenServing(serving);
    await log.append(troubledTraffic(1, 300).map(newRecord));
    await caughtUp();
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
