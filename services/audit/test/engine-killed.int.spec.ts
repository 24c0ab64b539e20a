import { ClickHouse, migrate } from '@portcullis/clickhouse';
import { allTopics, TOPICS } from '@portcullis/contracts';
import { InMemoryEventLog, type NewLogRecord } from '@portcullis/eventlog';
import { startClickHouse, until, type TestClickHouse } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditTables } from '../src/ingestion/audit-tables.js';
import { BatchWriter } from '../src/ingestion/batch-writer.js';
import { auditMigrations } from '../src/migrations.js';
import { bytesOf, completed, decided, eventId } from './events.js';

const CALLS = 6_000;
const KILLS = 4;
const GROUP = 'audit.store';

describe('the engine killed while rows are stored', () => {
  let engine: TestClickHouse;
  let log: InMemoryEventLog;
  beforeAll(async () => {
    engine = await startClickHouse({ own: true });
    log = new InMemoryEventLog({ backOff: { minMs: 20, maxMs: 200 } });
    await log.ensureTopics(allTopics());
  });
  afterAll(async () => {
    await log.close();
    await engine.stop();
  });

  it('loses no row and shows none twice', async () => {
    const open = () => new ClickHouse({ url: engine.url, application: 'audit-test', timeoutMs: 10_000 });
    let clickHouse = open();
    await migrate(clickHouse, { migrations: auditMigrations(), topology: { kind: 'single' } });
    let batches = 0;
    let failures = 0;
    const writer = new BatchWriter(new AuditTables(clickHouse), log, {
      stored: () => void (batches += 1),
      deadLettered: (_topic, code) => {
        throw new Error(code);
      },
    });
    const reader = await log.subscribe({
      group: GROUP,
      topics: [TOPICS.calls.name],
      from: 'beginning',
      maxBatchRecords: 200,
      onBatch: (batch) => writer.write(batch),
      onError: () => void (failures += 1),
    });

    const produce = (async () => {
      for (let n = 0; n < CALLS; n += 50) {
        const calls = Array.from({ length: 50 }, (_, i) => n + i);
        await log.append(calls.map((call) => recordOf(call, decided(call))));
        await log.append(calls.map((call) => recordOf(call, completed(call))));
        // As fast as they are stored, or there would be nothing left to store after a kill.
        await until(() => batches * 100 > n - 1_000 || failures > 0, { timeoutMs: 60_000 });
      }
    })();

    for (let kill = 1; kill <= KILLS; kill += 1) {
      const target = batches + 10;
      await until(() => batches >= target, { timeoutMs: 60_000, describe: `batches before kill ${kill}` });
      await engine.kill();
      const before = failures;
      await until(() => failures > before, { timeoutMs: 30_000, describe: 'the writer to notice' });
      await engine.restart();
    }
    await produce;
    await until(
      async () => {
        const committed = await log.committed(GROUP, TOPICS.calls.name);
        return (await log.positions(TOPICS.calls.name)).every(
          ({ partition, end }) => end === 0n || committed.get(partition) === end,
        );
      },
      { timeoutMs: 120_000, describe: 'everything to be committed' },
    );
    await reader.stop();

    await clickHouse.close();
    clickHouse = open();
    const { rows } = await clickHouse.rows<{ n: number; ids: number; first: string; last: string }>(
      `SELECT count() AS n, uniqExact(event_id) AS ids, min(toString(event_id)) AS first, max(toString(event_id)) AS last
       FROM audit_events FINAL WHERE outcome = 'ok'`,
    );
    expect(rows).toEqual([{ n: CALLS, ids: CALLS, first: eventId(0), last: eventId(CALLS - 1) }]);
    expect(failures).toBeGreaterThanOrEqual(KILLS);
    await clickHouse.close();
  }, 240_000);
});

function recordOf(call: number, event: object): NewLogRecord {
  const connection = `connection-${call % 16}`;
  return {
    topic: TOPICS.calls.name,
    key: `tenant-a:${connection}`,
    type: (event as { type: string }).type,
    value: bytesOf(event),
  };
}
