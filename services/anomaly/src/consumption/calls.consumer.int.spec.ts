import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { allTopics, findingRaisedDataSchema, TOPICS, type FindingRaised } from '@portcullis/contracts';
import { partitionOf, PostgresEventLog } from '@portcullis/eventlog';
import { Database, migrate } from '@portcullis/postgres';
import { LogConsumerStrategy } from '@portcullis/service';
import { startPostgres, until, type TestPostgres } from '@portcullis/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../app.module.js';
import { newRecord } from '../../test/calls.js';
import { expectedFindings, isCaughtUp, publishedEvents } from '../../test/expected-findings.js';
import { RecordedEvents } from '../../test/recorded-events.js';
import { troubledTraffic } from '../../test/troubled-traffic.js';
import { DETECTOR_DEFAULTS } from '../detection/detectors.js';
import { anomalyMigrations, SCHEMA } from '../migrations.js';
import { PostgresSnapshotStore } from '../snapshots/postgres-snapshot-store.js';
import { ANOMALY_GROUP } from './calls.consumer.js';
import { readRange } from './read-range.js';
import { WatchedPartition, type WatchParts } from './watched-partition.js';
import { WatchedPartitions } from './watched-partitions.js';

const CALLS = TOPICS.calls.name;

describe('the consumer of the call topic, on Postgres', () => {
  let postgres: TestPostgres;
  let url: string;
  let database: Database;
  let log: PostgresEventLog;
  let seed = 1;
  const running: (() => Promise<void>)[] = [];

  const openLog = () =>
    new PostgresEventLog({ connectionString: url, leaseMs: 2_000, beatMs: 200, pollMs: 50 });

  beforeAll(async () => {
    postgres = await startPostgres();
    url = await postgres.createDatabase();
    await migrate({ url, schema: SCHEMA, migrations: await anomalyMigrations() });
    database = await Database.open({ url, applicationName: 'test' });
    log = openLog();
    await log.ensureTopics(allTopics());
  });

  afterEach(async () => {
    for (const stop of running.splice(0)) await stop();
  });

  afterAll(async () => {
    await log?.close();
    await database?.close();
    await postgres?.stop();
  });

  const partsOf = (own: PostgresEventLog, events: RecordedEvents): WatchParts => ({
    log: own,
    snapshots: new PostgresSnapshotStore(database, SCHEMA),
    settings: DETECTOR_DEFAULTS,
    snapshotEveryMs: 100,
    events,
    signal: new AbortController().signal,
  });

  async function start(maxBatchRecords = 2_000) {
    const own = openLog();
    const events = new RecordedEvents();
    const assigned = new Set<number>();
    const partitions = new WatchedPartitions(partsOf(own, events));
    const strategy = new LogConsumerStrategy({
      log: own,
      group: ANOMALY_GROUP,
      from: 'beginning',
      maxBatchRecords,
      onAssigned: async (assignment) => {
        await partitions.assigned(assignment);
        assigned.add(assignment.partition);
      },
      onError: (error) => events.logFailed(error),
    });
    const app = await NestFactory.createMicroservice(AppModule.with({ partitions }), {
      strategy,
      logger: false,
    });
    await app.listen();
    const stop = async () => {
      await app.close();
      await partitions.save();
      await own.close();
    };
    running.push(stop);
    return {
      events,
      strategy,
      partitions,
      assigned,
      stop: () => running.splice(running.indexOf(stop), 1)[0]!(),
    };
  }

  const append = async (count: number) => {
    seed += 1;
    // A gateway of its own each time, or its numbers would pass for repeats.
    const gateway = { id: 'gateway-1', epoch: `epoch-${seed}` };
    const events = troubledTraffic(seed, count).map((event) => ({
      ...event,
      gateway: { ...gateway, seq: event.gateway!.seq },
    }));
    await log.append(events.map(newRecord));
  };
  const caughtUp = () =>
    until(() => isCaughtUp(log, ANOMALY_GROUP), { timeoutMs: 30_000, describe: 'everything to be read' });

  /** Each finding is there, once, and those of a partition are in the order of its calls. */
  async function expectEveryFindingOnce(): Promise<void> {
    const published = await publishedEvents(log);
    const byPartition: FindingRaised[][] = [];
    for (const finding of published) {
      const key = `${finding.tenantId}:${finding.data.connection?.id ?? ''}`;
      (byPartition[partitionOf(key, TOPICS.calls.partitions)] ??= []).push(finding);
    }
    const expected = await expectedFindings(log);
    for (let partition = 0; partition < TOPICS.calls.partitions; partition += 1) {
      expect(byPartition[partition] ?? [], `partition ${partition}`).toEqual(expected[partition] ?? []);
    }
    expect(published.length).toBeGreaterThan(0);
    for (const { data } of published) expect(findingRaisedDataSchema.parse(data)).toEqual(data);
  }

  it('publishes every finding once and commits what it has read', async () => {
    const { strategy, partitions, stop } = await start();
    await append(800);
    await caughtUp();
    await expectEveryFindingOnce();
    expect(strategy.check().ok).toBe(true);
    expect(partitions.connections).toBeGreaterThan(5);
    await stop();
    const rows = await database.query<{ partition: number; position: string }>(
      'select partition, position from anomaly.snapshots',
    );
    const committed = await log.committed(ANOMALY_GROUP, CALLS);
    for (const { partition, position } of rows) expect(committed.get(partition)).toBe(BigInt(position));
  });

  it('goes on after a restart as if there had been none', async () => {
    await append(400);
    const first = await start(37);
    await until(() => first.events.of('handled').length > 3);
    await first.stop();
    await append(400);
    const second = await start(91);
    await caughtUp();
    await second.stop();
    expect(second.events.of('catchingUp')).toEqual([]);
    await expectEveryFindingOnce();
  });

  it('repeats nothing when its predecessor was killed between append and commit', async () => {
    await append(800);
    const own = openLog();
    const events = new RecordedEvents();
    const committed = await log.committed(ANOMALY_GROUP, CALLS);
    let appended = 0;
    for (const { partition, end } of await log.positions(CALLS)) {
      const offset = committed.get(partition) ?? 0n;
      const watched = await WatchedPartition.takeOver(partsOf(own, events), {
        topic: CALLS,
        partition,
        offset,
      });
      const range = { topic: CALLS, partition, from: offset, to: end };
      await readRange(
        own,
        range,
        (records) => watched.handle({ topic: CALLS, partition, records, endOffset: end }),
        {
          signal: new AbortController().signal,
        },
      );
      appended = events.of('published').flat().length;
    }
    await own.close();
    expect(appended).toBeGreaterThan(0);
    // Snapshots are of later offsets than what is committed, or gone altogether.
    await database.query('delete from anomaly.snapshots where partition % 2 = 0');
    const { events: later } = await start(53);
    await caughtUp();
    await expectEveryFindingOnce();
    expect(later.repeated).toBeGreaterThan(0);
  });

  it('rebuilds its state from the log when the snapshots are damaged, and says so', async () => {
    await append(300);
    const first = await start();
    await caughtUp();
    await first.stop();
    await database.query(
      'update anomaly.snapshots set state = set_byte(state, length(state) / 2, get_byte(state, length(state) / 2) # 255)',
    );
    const [{ count }] = (await database.query<{ count: string }>(
      'select count(*) from anomaly.snapshots',
    )) as [{ count: string }];
    await append(300);
    const second = await start();
    await caughtUp();
    // Partitions without new calls are taken over too, in their turn.
    await until(() => second.events.of('snapshotDiscarded').length === Number(count), {
      describe: 'every snapshot to be discarded',
    });
    expect(second.events.of('snapshotDiscarded')[0]).toMatchObject({ reason: 'damaged' });
    await expectEveryFindingOnce();
  });

  it('shares the partitions between processes, and takes over those of one that stops', async () => {
    const first = await start(50);
    await until(() => first.assigned.size > 0, { timeoutMs: 20_000 });
    const second = await start(50);
    await until(() => second.assigned.size > 0, { timeoutMs: 20_000 });
    await append(600);
    await caughtUp();
    await first.stop();
    await append(300);
    await caughtUp();
    await expectEveryFindingOnce();
  });
});
