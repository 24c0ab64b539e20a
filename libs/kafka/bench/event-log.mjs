/**
 * Figures of a log adapter: `node libs/kafka/bench/event-log.mjs [postgres|kafka]` after
 * `npx tsc -b libs/kafka libs/testing`. An engine of its own, producers and the consumer in one process.
 */
import { randomBytes } from 'node:crypto';
import { PostgresEventLog } from '@portcullis/eventlog';
import { KafkaEventLog } from '@portcullis/kafka';
import { startKafka, startPostgres } from '@portcullis/testing';

const engine = process.argv[2] ?? 'postgres';
const SECONDS = Number(process.env.SECONDS ?? 4);
const PARTITIONS = 8;
const started = engine === 'kafka' ? await startKafka() : await startPostgres({ own: true });
const open = (clientId) =>
  engine === 'kafka'
    ? new KafkaEventLog({ brokers: started.brokers, clientId })
    : new PostgresEventLog({ connectionString: started.url, clientId });

const values = Array.from({ length: 500 }, (_, i) => {
  const event = { id: `${i}`, type: 'CallDecided', digest: randomBytes(150).toString('hex'), text: '' };
  event.text = 'lorem ipsum dolor '.repeat(60).slice(0, 1_200 - JSON.stringify(event).length);
  return Buffer.from(JSON.stringify(event));
});
let counter = 0;
const batchOf = (topic, size) =>
  Array.from({ length: size }, () => {
    const n = counter++;
    return {
      topic,
      key: `organization/connection-${n % 64}`,
      type: 'CallDecided',
      value: values[n % values.length],
    };
  });
const percentile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? NaN;
const log = open('bench');
let topics = 0;
async function newTopic() {
  const name = `bench.t${topics++}.v1`;
  await log.ensureTopics([{ name, partitions: PARTITIONS, retentionDays: 1 }]);
  return name;
}

async function appends(producers, size) {
  const topic = await newTopic();
  const clients = Array.from({ length: producers }, (_, i) => open(`bench-${i}`));
  await Promise.all(clients.map((client) => client.append(batchOf(topic, 1))));
  const waits = [];
  let done = 0;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() - begin < SECONDS * 1_000) {
        const batch = batchOf(topic, size);
        const sent = performance.now();
        await client.append(batch);
        waits.push(performance.now() - sent);
        done += size;
      }
    }),
  );
  const seconds = (performance.now() - begin) / 1_000;
  const used = process.cpuUsage(cpu);
  await Promise.all(clients.map((client) => client.close()));
  waits.sort((a, b) => a - b);
  console.log(
    `append    ${producers} producers, batches of ${String(size).padStart(3)}: ${Math.round(done / seconds)} records/s, ` +
      `p50 ${percentile(waits, 0.5).toFixed(1)} ms, p99 ${percentile(waits, 0.99).toFixed(1)} ms, ` +
      `${((used.user + used.system) / done).toFixed(1)} us CPU a record in the caller`,
  );
  return topic;
}

async function reads(topic) {
  const total = (await log.positions(topic)).reduce((sum, { end }) => sum + Number(end), 0);
  let read = 0;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  const reader = await log.subscribe({
    group: `bench.read.${topic}`,
    topics: [topic],
    from: 'beginning',
    onBatch: async ({ records }) => {
      read += records.length;
      if (read >= total) finish();
    },
  });
  await finished;
  const seconds = (performance.now() - begin) / 1_000;
  const used = process.cpuUsage(cpu);
  await reader.stop();
  console.log(
    `read      ${total} records with commits: ${Math.round(total / seconds)} records/s, ` +
      `${((used.user + used.system) / total).toFixed(1)} us CPU a record in the reader`,
  );
}

/** Appends at a rate and measures from before the append to the handler. */
async function latency(rate, everyMs) {
  const topic = await newTopic();
  const waits = [];
  let received = 0;
  const reader = await log.subscribe({
    group: `bench.latency.${topic}`,
    topics: [topic],
    from: 'beginning',
    onBatch: async ({ records }) => {
      const now = performance.now();
      for (const { value } of records)
        waits.push(now - Number(Buffer.from(value.subarray(0, 20)).toString()));
      received += records.length;
    },
  });
  const size = Math.max(1, Math.round((rate * everyMs) / 1_000));
  const producer = open('bench-latency');
  await producer.append(
    batchOf(topic, 1).map((r) => ({ ...r, value: Buffer.from(String(performance.now()).padEnd(20)) })),
  );
  let sent = 1;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const appends = [];
  for (let tick = 0; performance.now() - begin < SECONDS * 1_000; tick += 1) {
    const stamp = String(performance.now()).slice(0, 19).padEnd(20);
    appends.push(
      producer.append(
        batchOf(topic, size).map((r) => ({
          ...r,
          value: Buffer.concat([Buffer.from(stamp), r.value.subarray(20)]),
        })),
      ),
    );
    sent += size;
    const wait = begin + (tick + 1) * everyMs - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  await Promise.all(appends);
  const seconds = (performance.now() - begin) / 1_000;
  while (received < sent) await new Promise((resolve) => setTimeout(resolve, 5));
  const used = process.cpuUsage(cpu);
  waits.sort((a, b) => a - b);
  console.log(
    `latency   ${Math.round(sent / seconds)} records/s in appends of ${size}: append to handler p50 ${percentile(waits, 0.5).toFixed(1)} ms, ` +
      `p99 ${percentile(waits, 0.99).toFixed(1)} ms, ${((used.user + used.system) / sent).toFixed(1)} us CPU a record in this process`,
  );
  await reader.stop();
  await producer.close();
}

/** As fast as it goes, with the consumer running beside the producer. */
async function endToEnd(size) {
  const topic = await newTopic();
  let received = 0;
  const reader = await log.subscribe({
    group: `bench.e2e.${topic}`,
    topics: [topic],
    from: 'beginning',
    onBatch: async ({ records }) => void (received += records.length),
  });
  const producer = open('bench-e2e');
  let sent = 0;
  const begin = performance.now();
  while (performance.now() - begin < SECONDS * 1_000) {
    await producer.append(batchOf(topic, size));
    sent += size;
  }
  const appended = performance.now();
  while (received < sent) await new Promise((resolve) => setTimeout(resolve, 2));
  const end = performance.now();
  console.log(
    `whole way batches of ${size}: ${Math.round((sent / (end - begin)) * 1_000)} records/s handled and committed ` +
      `(the reader was done ${(end - appended).toFixed(0)} ms after the last append)`,
  );
  await reader.stop();
  await producer.close();
}

console.log(
  `${engine}, ${PARTITIONS} partitions, values of ${values[0].length} bytes, Node ${process.version}`,
);
let topic;
for (const producers of [1, 4]) for (const size of [1, 100, 500]) topic = await appends(producers, size);
await reads(topic);
for (const size of [100, 500]) await endToEnd(size);
await latency(50, 20);
await latency(2_000, 50);
await latency(10_000, 50);
await log.close();
await started.stop();
