import { TOPICS } from '@portcullis/contracts';
import { KafkaUnavailable, startKafka, until } from '@portcullis/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { randomOf } from '../bench/random.js';
import { AnomalyRig } from '../test/anomaly-rig.js';
import { newRecord } from '../test/calls.js';
import { expectedFindings, publishedEvents } from '../test/expected-findings.js';
import { troubledTraffic } from '../test/troubled-traffic.js';
import { ANOMALY_GROUP } from './consumption/calls.consumer.js';

const kafka = await startKafka().catch((error: unknown) => {
  if (error instanceof KafkaUnavailable) return error;
  throw error;
});
const noKafka = kafka instanceof KafkaUnavailable ? kafka.message : null;
const kafkaBrokers = kafka instanceof KafkaUnavailable ? [] : kafka.brokers;
if (noKafka !== null) process.stderr.write(`SKIPPED: tests on Kafka: ${noKafka}\n`);

/** Kafka hands the partitions of a killed process on when its session has run out: each kill there takes that long. */
const LOGS = [
  { name: 'Postgres', missing: null, brokers: [], kills: 5 },
  { name: 'Kafka', missing: noKafka, brokers: kafkaBrokers, kills: 3 },
];
const LONG = { timeoutMs: 120_000 };

afterAll(async () => {
  if (!(kafka instanceof KafkaUnavailable)) await kafka.stop();
});

describe.each(LOGS)('the process on the log in $name', ({ missing, brokers, kills }) => {
  let rig: AnomalyRig;
  beforeAll(async () => {
    if (missing === null) rig = await AnomalyRig.open({ kafkaBrokers: brokers });
  }, 300_000);
  afterEach(() => rig?.kill());
  afterAll(() => rig?.close());

  it.skipIf(missing !== null)(
    'loses and repeats nothing when it is killed at random points under load',
    async () => {
      const { log } = rig;
      const random = randomOf(42);
      const events = troubledTraffic(2, 8_000).map((event) => ({
        ...event,
        gateway: { ...event.gateway!, epoch: 'under-load' },
      }));
      const share = Math.floor((events.length * 0.9) / kills);
      let sent = 0;
      const send = async (upTo: number) => {
        for (; sent < upTo; sent += 50) await log.append(events.slice(sent, sent + 50).map(newRecord));
      };
      const handled = async () => {
        const committed = await log.committed(ANOMALY_GROUP, TOPICS.calls.name);
        return [...committed.values()].reduce((sum, offset) => sum + offset, 0n);
      };
      for (let kill = 1; kill <= kills; kill += 1) {
        const before = await handled();
        const victim = rig.start();
        const sending = send(kill * share);
        // In the midst of its work: it has begun, and more is coming.
        await until(async () => (await handled()) > before, { ...LONG, intervalMs: 5 });
        await new Promise((resolve) => setTimeout(resolve, random() * 200));
        await victim.stop('SIGKILL');
        await sending;
      }
      await send(events.length);
      await rig.start().whenServing();
      await rig.caughtUp(LONG.timeoutMs);
      const published = (await publishedEvents(log)).map(({ id }) => id);
      const expected = (await expectedFindings(log)).flat().map(({ id }) => id);
      expect(expected.length).toBeGreaterThan(0);
      expect(published.toSorted()).toEqual(expected.toSorted());
      expect(new Set(published).size).toBe(published.length);
    },
    480_000,
  );
});
