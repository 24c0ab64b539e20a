import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClickHouse } from '@portcullis/clickhouse';
import { allTopics, auditStatusSchema, healthSchema, TOPICS } from '@portcullis/contracts';
import { PostgresEventLog, type NewLogRecord } from '@portcullis/eventlog';
import {
  buildService,
  startClickHouse,
  startPostgres,
  throwawayFolder,
  until,
  type TestClickHouse,
  type TestPostgres,
  type ThrowawayFolder,
} from '@portcullis/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditRow } from '../src/rows/audit-row.js';
import { INTERNAL_TOKEN, startAudit, type AuditProcess } from './audit-process.js';
import { bytesOf, completed, decided, domainEvent, eventId } from './events.js';

describe('the audit service', { timeout: 120_000 }, () => {
  let postgres: TestPostgres;
  let engine: TestClickHouse;
  let folder: ThrowawayFolder;
  let log: PostgresEventLog;
  let clickHouse: ClickHouse;
  let env: Record<string, string>;
  let processes: AuditProcess[];

  beforeAll(async () => {
    buildService('audit');
    [postgres, engine] = await Promise.all([startPostgres(), startClickHouse()]);
  });
  beforeEach(async () => {
    folder = await throwawayFolder('audit');
    const postgresUrl = await postgres.createDatabase();
    const clickHouseUrl = await engine.createDatabase();
    env = {
      PORTCULLIS_POSTGRES_URL: postgresUrl,
      PORTCULLIS_CLICKHOUSE_URL: clickHouseUrl,
      PORTCULLIS_AUDIT_BATCH_WAIT_MS: '20',
    };
    log = new PostgresEventLog({ connectionString: postgresUrl });
    clickHouse = new ClickHouse({ url: clickHouseUrl, application: 'test' });
    await log.ensureTopics(allTopics());
    processes = [];
  });
  afterEach(async () => {
    for (const process of processes) await process.stop('SIGKILL');
    await log.close();
    await clickHouse.close();
    await folder.remove();
  });
  afterAll(async () => {
    await engine.stop();
    await postgres.stop();
  });

  const start = (overrides: Record<string, string> = {}) => {
    const audit = startAudit(join(folder.path, `audit-${processes.length}.sock`), { ...env, ...overrides });
    processes.push(audit);
    return audit;
  };
  const record = (event: { type: string }, topic: string = TOPICS.calls.name): NewLogRecord => ({
    topic,
    key: 'tenant-a:connection-1',
    type: event.type,
    value: bytesOf(event),
  });
  const rows = async () =>
    (await clickHouse.rows<AuditRow>('SELECT * FROM audit_events FINAL ORDER BY toString(event_id)')).rows;
  const stored = (count: number) =>
    until(async () => (await rows()).length === count, { timeoutMs: 90_000, describe: `${count} rows` });

  it('migrates, stores every topic, and tells how far it is', async () => {
    const audit = start();
    await log.append([
      record(decided(1)),
      record(completed(1)),
      record(domainEvent(2, 'MemberAdded', { memberId: 'm' }), TOPICS.policyChanges.name),
      record(domainEvent(3, 'SignedIn', {}), TOPICS.apiActivity.name),
      record(domainEvent(4, 'FindingRaised', {}), TOPICS.anomalyFindings.name),
      record(domainEvent(5, 'Delivered', {}), TOPICS.notificationDeliveries.name),
      { ...record(decided(6)), value: Buffer.from('poison') },
    ]);
    await audit.whenServing();
    await stored(5);
    expect((await rows()).map((row) => row.type)).toEqual([
      'tool_call',
      'member_added',
      'signed_in',
      'anomaly',
      'delivered',
    ]);

    await until(
      async () =>
        auditStatusSchema.parse(JSON.parse((await audit.get('/internal/v1/status')).body)).lag === 0,
    );
    const settled = await until(async () => {
      const status = auditStatusSchema.parse(JSON.parse((await audit.get('/internal/v1/status')).body));
      return status.stored?.deadLetters === 1 &&
        status.partitions.every(({ storedUntil }) => storedUntil !== null)
        ? status
        : undefined;
    });
    expect(settled.partitions).toHaveLength(
      Object.values(TOPICS).reduce((sum, { partitions }) => sum + partitions, 0),
    );
    expect(settled.since).toMatchObject({ rows: 5, deadLetters: 1, failures: 0 });

    const health = healthSchema.parse(JSON.parse((await audit.get('/health')).body));
    expect(health).toMatchObject({ service: 'audit', status: 'serving' });
    expect(health.checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['clickhouse', true],
      ['lag', true],
      ['log', true],
    ]);
    const metrics = (await audit.get('/metrics')).body;
    expect(metrics).toMatch(/audit_rows_stored_total\{[^}]*\} 5/);
    expect(metrics).toMatch(/audit_dead_letters_total\{[^}]*code="audit.invalid_json"[^}]*\} 1/);
    expect(metrics).toMatch(/audit_lag_records\{[^}]*topic="policy.changes.v1"[^}]*\} 0/);

    expect((await log.positions(`${TOPICS.calls.name}.dlq`)).map(({ end }) => end)).toEqual([1n]);
    expect((await audit.ask('/internal/v1/status', { token: null })).status).toBe(401);
    expect((await audit.ask('/internal/v1/status', { token: `${INTERNAL_TOKEN}!` })).status).toBe(401);
    expect((await audit.ask('/internal/v1/status', { method: 'POST' })).status).toBe(405);
    expect((await audit.get('/internal/v1/nothing')).status).toBe(404);
  });

  it('stops cleanly on SIGTERM with what it had stored committed, and goes on from there', async () => {
    const first = start();
    await first.whenServing();
    await log.append([record(completed(1))]);
    await stored(1);
    first.child.kill('SIGTERM');
    expect((await first.ended()).code).toBe(0);
    expect((await log.committed('audit.store', TOPICS.calls.name)).size).toBe(1);
    await log.append([record(completed(2))]);
    const second = start();
    await stored(2);
    expect((await clickHouse.rows('SELECT count() AS n FROM audit_events')).rows).toEqual([{ n: 2 }]);
    await second.whenServing();
  });

  it('stores everything once when it is killed again and again', async () => {
    let appended = 0;
    const produce = async (calls: number) => {
      for (const until = appended + calls; appended < until; appended += 20) {
        await log.append(Array.from({ length: 20 }, (_, i) => record(completed(appended + i))));
      }
    };
    for (let kill = 0; kill < 4; kill += 1) {
      const audit = start();
      const target = appended + 200;
      await produce(400);
      await until(async () => (await rows().catch(() => [])).length >= target, { timeoutMs: 60_000 });
      audit.child.kill('SIGKILL');
      await audit.ended();
    }
    start();
    await stored(appended);
    expect((await rows()).map((row) => row.event_id)).toEqual(
      Array.from({ length: appended }, (_, n) => eventId(n)),
    );
  });

  it('shares the partitions with a second replica', async () => {
    const [one, two] = [start(), start()];
    await Promise.all([one.whenServing(), two.whenServing()]);
    const calls = Array.from({ length: 400 }, (_, n) => ({
      ...record(completed(n)),
      key: `tenant-a:connection-${n % 40}`,
    }));
    await log.append(calls);
    await stored(400);
    expect((await rows()).map((row) => row.event_id)).toEqual(calls.map((_, n) => eventId(n)));
  });

  it('gives a call without an end its row', async () => {
    const audit = start({
      PORTCULLIS_AUDIT_UNKNOWN_GRACE_MS: '1000',
      PORTCULLIS_AUDIT_SWEEP_INTERVAL_MS: '200',
    });
    await audit.whenServing();
    await log.append([record(decided(1, { maxDurationMs: 1000 }))]);
    // Ten seconds for the clocks of replicas to differ.
    await stored(1);
    expect((await rows())[0]).toMatchObject({ outcome: 'unknown', row_version: 1 });
    await log.append([record(completed(1, { maxDurationMs: 1000 }))]);
    await until(async () => (await rows())[0]?.outcome === 'ok');
    expect((await rows())[0]).toMatchObject({ row_version: 2, corrected: 1 });
  });

  it('refuses bad configuration with one line', async () => {
    const audit = start({ PORTCULLIS_CLICKHOUSE_URL: 'ftp://x', PORTCULLIS_AUDIT_BATCH_RECORDS: '0' });
    expect((await audit.ended()).code).toBe(78);
    expect(audit.output().trim().split('\n')).toHaveLength(1);
    expect(audit.output()).toMatch(/PORTCULLIS_CLICKHOUSE_URL.*PORTCULLIS_AUDIT_BATCH_RECORDS/);
    expect(audit.output()).not.toContain('ftp://x');
  });

  it('waits for a store that is not there yet, and stops when told to', async () => {
    const audit = start({ PORTCULLIS_CLICKHOUSE_URL: 'http://user:secret@127.0.0.1:9/default' });
    await until(() => audit.output().includes('the audit store is not ready'), { timeoutMs: 30_000 });
    expect((await audit.get('/health')).status).toBe(503);
    audit.child.kill('SIGTERM');
    expect((await audit.ended()).code).toBe(0);
    expect(audit.output()).not.toContain('secret');
  });

  it('refuses a table that is not the contract', async () => {
    const first = start();
    await first.whenServing();
    first.child.kill('SIGTERM');
    await first.ended();
    await clickHouse.command('ALTER TABLE audit_events DROP COLUMN error SETTINGS mutations_sync = 2');
    const second = start();
    expect((await second.ended()).code).toBe(1);
    expect(second.output()).toContain('audit_events differs from the contract in error');
  });

  it('shows what it would migrate', () => {
    const script = fileURLToPath(new URL('../dist/migrate.js', import.meta.url));
    const run = (...args: string[]) =>
      execFileSync(process.execPath, [script, ...args], {
        env: { ...process.env, ...env },
        encoding: 'utf8',
      });
    expect(run('--dry-run')).toMatch(
      /-- 0001_create_audit_events\n[\s\S]*ENGINE = ReplacingMergeTree\(row_version\)[\s\S]*would apply 6/,
    );
    expect(run()).toMatch(/applied 6/);
    expect(run('--dry-run')).toMatch(/would apply 0/);
  });
});
