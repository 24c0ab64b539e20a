/**
 * Events a second through detection: alone, behind the in-memory log, the log in Postgres and Kafka; and how long a
 * finding takes from the append of its call to its own place in the log.
 *
 *   npx tsc -b libs/testing services/anomaly/tsconfig.lib.json services/anomaly/tsconfig.bench.json &&
 *   node services/anomaly/bench/throughput.bench.mjs [events] [--ends-only]
 *
 * As gateways write them: what was decided, then how it ended; with `--ends-only` the ends alone, which are all that
 * detectors look at. Calls of 1,000 agents on 83 connections in 8 partitions. "a second of CPU" is of this process alone, so it says what a
 * core of its own would do; with Postgres on the same machine the other figure includes its share.
 */
import { allTopics, TOPICS } from '@portcullis/contracts';
import { InMemoryEventLog, PostgresEventLog } from '@portcullis/eventlog';
import { openEventLog } from '@portcullis/kafka';
import { Database, migrate } from '@portcullis/postgres';
import { KafkaUnavailable, startKafka, startPostgres } from '@portcullis/testing';
import { CALLS_BATCH, ANOMALY_GROUP } from '../dist/consumption/calls.consumer.js';
import { WatchedPartitions } from '../dist/consumption/watched-partitions.js';
import { DETECTOR_DEFAULTS } from '../dist/detection/detectors.js';
import { PartitionDetection } from '../dist/detection/partition-detection.js';
import { anomalyMigrations, SCHEMA } from '../dist/migrations.js';
import { InMemorySnapshotStore } from '../dist/snapshots/in-memory-snapshot-store.js';
import { PostgresSnapshotStore } from '../dist/snapshots/postgres-snapshot-store.js';
import { decidedRecordOf, recordOf } from '../out-tsc/bench/call-record.js';
import { population } from '../out-tsc/bench/population.js';
import { distributions } from '../out-tsc/bench/random.js';

const endsOnly = process.argv.includes('--ends-only');
const count = Number(process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? 200_000);
const CALLS = TOPICS.calls.name;
const START = Date.UTC(2026, 2, 2);
const random = distributions(1);
const { agents } = population(1_000, random);

/** Busy: 1,000 calls a second for as long as it takes, one in a thousand destructive. */
function draft(n) {
  const agent = agents[random.below(agents.length)];
  const tool = n % 1_000 === 999 ? 'delete_row' : agent.tools[random.favourite(agent.tools.length)];
  return { agent, at: START + n, latencyMs: 100, tool, refused: random.chance(0.01), argument: n };
}

function records(from, to) {
  return Array.from({ length: to - from }, (_, index) => recordOf(draft(from + index), from + index));
}

function asWritten(length) {
  const written = [];
  for (let n = 0; written.length < length; n += 1) {
    const call = draft(n);
    if (!call.refused) written.push(decidedRecordOf(call, written.length));
    written.push(recordOf(call, written.length));
  }
  return written.slice(0, length);
}

function report(what, events, started, cpu) {
  const seconds = (performance.now() - started) / 1_000;
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  console.log(
    `${what.padEnd(28)} ${String(Math.round(events / seconds)).padStart(7)} events/s   ${String(Math.round(events / cpuSeconds)).padStart(7)} a second of CPU`,
  );
}

const all = endsOnly ? records(0, count) : asWritten(count);
const bytes = all.reduce((sum, { value }) => sum + value.length, 0) / count;
console.log(`${count} events of ${Math.round(bytes)} bytes${endsOnly ? ', ends of calls only' : ''}\n`);
for (let round = 0; round < 2; round += 1) {
  const detection = new PartitionDetection({ settings: DETECTOR_DEFAULTS });
  const cpu = process.cpuUsage();
  const started = performance.now();
  let findings = 0;
  for (const record of all) findings += detection.observe(record).length;
  if (round === 1) report(`detection (${findings} findings)`, count, started, cpu);
}

await drained('in-memory log', new InMemoryEventLog(), new InMemorySnapshotStore(), () => undefined);
const postgres = await startPostgres({ own: true });
try {
  const url = await postgres.createDatabase();
  await migrate({ url, schema: SCHEMA, migrations: await anomalyMigrations() });
  const database = await Database.open({ url, applicationName: 'bench' });
  const log = new PostgresEventLog({ connectionString: url });
  await drained('Postgres log', log, new PostgresSnapshotStore(database, SCHEMA), latency);
  await log.close();
  await onKafka(new PostgresSnapshotStore(database, SCHEMA));
  await database.close();
} finally {
  await postgres.stop();
}

async function onKafka(snapshots) {
  let kafka;
  try {
    kafka = await startKafka();
  } catch (error) {
    if (!(error instanceof KafkaUnavailable)) throw error;
    console.log(`Kafka log: not measured (${error.message})`);
    return;
  }
  const log = openEventLog({ kafkaBrokers: kafka.brokers, postgresUrl: postgres.url, clientId: 'bench' });
  try {
    await drained('Kafka log', log, snapshots, () => undefined);
  } finally {
    await log.close();
    await kafka.stop();
  }
}

async function drained(what, log, snapshots, then) {
  await log.ensureTopics(allTopics());
  for (let at = 0; at < all.length; at += 2_000) await log.append(all.slice(at, at + 2_000));
  const events = Object.fromEntries(
    ['handled', 'published', 'snapshotSaved', 'snapshotDiscarded', 'catchingUp', 'caughtUp'].map((name) => [
      name,
      () => undefined,
    ]),
  );
  for (const name of ['snapshotFailed', 'detectorFailed', 'logFailed'])
    events[name] = (error) => console.error(name, error);
  const partitions = new WatchedPartitions({
    log,
    snapshots,
    settings: DETECTOR_DEFAULTS,
    snapshotEveryMs: 30_000,
    events,
    signal: new AbortController().signal,
  });
  let handled = 0;
  let done;
  const finished = new Promise((resolve) => (done = resolve));
  const cpu = process.cpuUsage();
  const started = performance.now();
  const reader = await log.subscribe({
    group: ANOMALY_GROUP,
    topics: [CALLS],
    from: 'beginning',
    ...CALLS_BATCH,
    onAssigned: (assignment) => partitions.assigned(assignment),
    onBatch: async (batch) => {
      await partitions.handle(batch);
      handled += batch.records.length;
      if (handled === count) done();
    },
    onError: (error) => console.error(error),
  });
  await finished;
  report(what, count, started, cpu);
  await then(log);
  await reader.stop();
}

/** 500 calls a second, and every 100 ms one of a destructive name on a connection that is not cooling. */
async function latency(log) {
  const appended = new Map();
  const delays = [];
  const tail = await log.tail({
    topics: [TOPICS.anomalyFindings.name],
    onBatch: async (batch) => {
      for (const { value } of batch.records) {
        const at = appended.get(JSON.parse(Buffer.from(value).toString()).data.evidence[0]);
        if (at !== undefined) delays.push(performance.now() - at);
      }
    },
  });
  const names = agents.slice(0, 80);
  let sequence = count;
  for (let tick = 0; tick < names.length; tick += 1) {
    const next = performance.now() + 100;
    const quiet = records(sequence, sequence + 49).map((record) => record);
    sequence += 49;
    const destructive = recordOf(
      {
        agent: names[tick],
        at: START + 3_600_000 + tick,
        latencyMs: 5,
        tool: 'drop_table',
        refused: false,
        argument: tick,
      },
      sequence,
    );
    sequence += 1;
    appended.set(JSON.parse(destructive.value.toString()).data.requestId, performance.now());
    await log.append([...quiet, destructive]);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
  for (let waited = 0; delays.length < names.length && waited < 100; waited += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  await tail.stop();
  delays.sort((a, b) => a - b);
  const at = (share) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))].toFixed(0);
  console.log(
    `\ncall appended to finding read, at 500 calls/s: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms (${delays.length} findings)`,
  );
}
