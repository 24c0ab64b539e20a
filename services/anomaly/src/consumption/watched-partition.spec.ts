import { TOPICS, type FindingRaised } from '@portcullis/contracts';
import { InMemoryEventLog, InMemoryLog, type LogBatch, type LogRecord } from '@portcullis/eventlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completed, DAY, newRecord, START } from '../../test/calls.js';
import { randomOf } from '../../bench/random.js';
import { RecordedEvents } from '../../test/recorded-events.js';
import { troubledTraffic } from '../../test/troubled-traffic.js';
import { DETECTOR_DEFAULTS } from '../detection/detectors.js';
import { PartitionDetection } from '../detection/partition-detection.js';
import { InMemorySnapshotStore } from '../snapshots/in-memory-snapshot-store.js';
import type { SnapshotStore } from '../snapshots/snapshot.js';
import { WatchedPartition, type WatchParts } from './watched-partition.js';

const TOPIC = TOPICS.calls.name;
const topics = [
  { name: TOPIC, partitions: 1, retentionDays: 7 },
  { name: TOPICS.anomalyFindings.name, partitions: 1, retentionDays: 30 },
];

class Stopped extends Error {}

/** One log, one snapshot store, and processes that come and go. */
class World {
  readonly shared = new InMemoryLog();
  readonly snapshots = new InMemorySnapshotStore();
  readonly events = new RecordedEvents();
  committed = 0n;
  #watched: WatchedPartition | undefined;

  constructor() {
    topics.forEach((topic) => this.shared.ensureTopic(topic));
  }

  get records(): readonly LogRecord[] {
    return this.shared.partitions(TOPIC)[0]!.records;
  }

  get findings(): FindingRaised[] {
    const { records } = this.shared.partitions(TOPICS.anomalyFindings.name)[0]!;
    return records.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as FindingRaised);
  }

  parts(overrides: Partial<WatchParts> = {}): WatchParts {
    return {
      log: new InMemoryEventLog({ log: this.shared, backOff: { minMs: 1, maxMs: 5 } }),
      snapshots: this.snapshots,
      settings: DETECTOR_DEFAULTS,
      snapshotEveryMs: 0,
      events: this.events,
      signal: new AbortController().signal,
      ...overrides,
    };
  }

  /** A new process takes the partition over. */
  async start(overrides: Partial<WatchParts> = {}): Promise<WatchedPartition> {
    this.#watched = await WatchedPartition.takeOver(this.parts(overrides), {
      topic: TOPIC,
      partition: 0,
      offset: this.committed,
    });
    return this.#watched;
  }

  batch(size: number): LogBatch {
    const from = Number(this.committed);
    const records = this.records.slice(from, from + size);
    return { topic: TOPIC, partition: 0, records, endOffset: BigInt(this.records.length) };
  }

  async handle(size: number): Promise<void> {
    const batch = this.batch(size);
    await this.#watched!.handle(batch);
    this.committed = batch.records.at(-1)!.offset + 1n;
  }

  expected(): FindingRaised[] {
    const detection = new PartitionDetection({ settings: DETECTOR_DEFAULTS });
    return this.records.flatMap((record) => detection.observe(record));
  }
}

function worldOf(seed: number, count: number): World {
  const world = new World();
  world.shared.append(troubledTraffic(seed, count).map(newRecord));
  return world;
}

/** A process that stops somewhere: before or after an append or a snapshot, which may fail instead. */
function troubled(world: World, random: () => number): Partial<WatchParts> {
  const log = new InMemoryEventLog({ log: world.shared, backOff: { minMs: 1, maxMs: 5 } });
  const append = log.append.bind(log);
  log.append = async (records) => {
    const fate = random();
    if (fate < 0.1) throw new Stopped('before the append');
    // Stored in part, as the port allows.
    if (fate < 0.2) await append(records.slice(0, Math.ceil(records.length / 2)));
    else await append(records);
    if (fate < 0.3) throw new Stopped('after the append');
  };
  const snapshots: SnapshotStore = {
    load: (partition) => world.snapshots.load(partition),
    discard: (partition) => world.snapshots.discard(partition),
    save: async (snapshot) => {
      const fate = random();
      if (fate < 0.2) throw new Stopped('before the snapshot');
      const bytes = await world.snapshots.save(snapshot);
      if (fate < 0.4) throw new Stopped('after the snapshot');
      return bytes;
    },
  };
  return { log, snapshots, snapshotEveryMs: random() < 0.5 ? 0 : 1e9 };
}

describe('a partition in the hands of processes that come and go', () => {
  it('has every finding in the log once, in order, however batches are cut and wherever processes stop', async () => {
    let restarts = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000), async (seed) => {
        const world = worldOf(seed, 600);
        const random = randomOf(seed);
        await world.start(troubled(world, random));
        while (world.committed < BigInt(world.records.length)) {
          const size = 1 + Math.floor(random() * 200);
          const batch = await world.handle(size).then(
            () => true,
            () => false,
          );
          // A failure may be followed by another try of the same process, with a batch that is cut otherwise.
          if ((!batch && random() < 0.5) || random() < 0.1) {
            restarts += 1;
            await world.start(troubled(world, random));
          }
        }
        expect(world.findings).toEqual(world.expected());
      }),
      { numRuns: 20 },
    );
    expect(restarts).toBeGreaterThan(20);
  }, 60_000);

  it('is taken over without a snapshot by reading the log again, silently', async () => {
    const world = worldOf(7, 600);
    await world.start({ snapshotEveryMs: 1e9 });
    await world.handle(400);
    const found = world.findings.length;
    expect(found).toBeGreaterThan(0);
    await world.start({ snapshotEveryMs: 1e9 });
    expect(world.findings).toHaveLength(found);
    expect(world.events.of('catchingUp')[0]).toMatchObject({ from: 0n, to: 400n });
    await world.handle(1_000);
    expect(world.findings).toEqual(world.expected());
  });

  it('reads nothing again below its snapshot', async () => {
    const world = worldOf(7, 600);
    await world.start();
    await world.handle(400);
    world.events.clear();
    await world.start();
    expect(world.events.of('catchingUp')).toEqual([]);
    expect(world.snapshots.rows.get(`${TOPIC}/0`)!.position).toBe(400n);
  });

  it('is rebuilt from the log when its snapshot is damaged, and says so', async () => {
    const world = worldOf(7, 600);
    await world.start();
    await world.handle(400);
    const row = world.snapshots.rows.get(`${TOPIC}/0`)!;
    world.snapshots.rows.set(`${TOPIC}/0`, { ...row, state: row.state.slice(1) });
    await world.start();
    expect(world.events.of('snapshotDiscarded')).toEqual([
      { reason: 'damaged', detail: 'the checksum does not match' },
    ]);
    await world.handle(1_000);
    expect(world.findings).toEqual(world.expected());
  });

  it('does not believe a snapshot of another log', async () => {
    const world = worldOf(7, 600);
    await world.start();
    await world.handle(600);
    const other = new World();
    other.shared.append(troubledTraffic(8, 100).map(newRecord));
    other.snapshots.rows.set(`${TOPIC}/0`, world.snapshots.rows.get(`${TOPIC}/0`)!);
    await other.start();
    expect(other.events.of('snapshotDiscarded')).toMatchObject([{ reason: 'other_log' }]);
    await other.handle(1_000);
    expect(other.findings).toEqual(other.expected());
  });

  it('starts with what retention has left', async () => {
    const world = worldOf(7, 600);
    await world.start({ snapshotEveryMs: 1e9 });
    await world.handle(400);
    world.shared.truncate(TOPIC, 0, 300n);
    await world.start({ snapshotEveryMs: 1e9 });
    expect(world.events.of('catchingUp')[0]).toMatchObject({ from: 300n, to: 400n });
  });

  it('starts anew when retention was faster than it', async () => {
    const world = worldOf(7, 600);
    await world.start();
    await world.handle(100);
    world.shared.truncate(TOPIC, 0, 500n);
    const watched = await world.start();
    expect(world.events.of('snapshotDiscarded')).toEqual([]);
    // What is left is read, and what it raises is told.
    const before = world.findings.length;
    expect(world.records.map(({ offset }) => offset)).toContain(500n);
    await watched.handle({ topic: TOPIC, partition: 0, records: world.records, endOffset: 600n });
    expect(world.findings.length).toBeGreaterThan(before);
  });

  it('does not stand still when the log drops what it is reading again', async () => {
    const world = worldOf(7, 600);
    world.committed = 600n;
    const parts = world.parts();
    const positions = parts.log.positions.bind(parts.log);
    // As seen before retention came by.
    let first = true;
    parts.log.positions = async (topic) => {
      const found = await positions(topic);
      if (topic !== TOPIC || !first) return found;
      first = false;
      world.shared.truncate(TOPIC, 0, 600n);
      return found;
    };
    await WatchedPartition.takeOver(parts, { topic: TOPIC, partition: 0, offset: 600n });
    expect(world.events.of('caughtUp')).toHaveLength(1);
  });

  it('ends a take-over when the service stops', async () => {
    const world = worldOf(7, 600);
    world.committed = 600n;
    const stop = new AbortController();
    const parts = world.parts({ signal: stop.signal });
    const taking = WatchedPartition.takeOver(
      { ...parts, log: Object.assign(parts.log, { tail: async () => ({ stop: async () => undefined }) }) },
      { topic: TOPIC, partition: 0, offset: 600n },
    );
    stop.abort(new Stopped());
    await expect(taking).rejects.toThrow(Stopped);
  });

  it('appends nothing again that its predecessor appended without committing', async () => {
    const world = new World();
    world.shared.append([
      newRecord(completed(1, START, { name: 'delete_repo' })),
      newRecord(completed(2, START + DAY, { name: 'drop_table' })),
    ]);
    const watched = await world.start({ snapshotEveryMs: 1e9 });
    await watched.handle(world.batch(2));
    expect(world.findings).toHaveLength(2);
    await world.start();
    // Cut otherwise, with a snapshot in between.
    await world.handle(1);
    await world.handle(1);
    expect(world.findings).toEqual(world.expected());
    expect(world.events.repeated).toBe(2);
  });
});
