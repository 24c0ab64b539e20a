import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FindingRaised } from '@portcullis/contracts';
import type { Assignment, EventLog, LogBatch, LogRecord } from '@portcullis/eventlog';
import { CLOCK_SKEW_MS } from '../calls/read-call.js';
import type { DetectorSettings } from '../detection/detectors.js';
import { PartitionDetection } from '../detection/partition-detection.js';
import type { PartitionState, StateBounds } from '../detection/partition-state.js';
import { findingRecord } from '../findings/finding-event.js';
import type { Snapshot, SnapshotStore } from '../snapshots/snapshot.js';
import type { ConsumptionEvents } from './consumption-events.js';
import type { SettingsFollower } from '../settings/settings-follower.js';
import { findingsEnd, publishedFindings, type PublishedFindings } from './published-findings.js';
import { readRange } from './read-range.js';

/** Records read between two turns of the event loop, so that health checks and heartbeats get theirs. */
const TURN = 500;
/** Longest time between two snapshots in records: what a restart reads again. */
const SNAPSHOT_RECORDS = 200_000n;

export interface WatchParts {
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  readonly settings: DetectorSettings;
  readonly bounds?: StateBounds;
  /** What organizations have set; nothing when left out. */
  readonly ownSettings?: Pick<SettingsFollower, 'upTo' | 'history'>;
  readonly snapshotEveryMs: number;
  readonly events: ConsumptionEvents;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
}

/**
 * One partition of the call topic in the hands of this process.
 *
 * A batch is handled in the order: detect, append the findings, sometimes store a snapshot, commit (by returning). Hence
 * every finding of a record below the committed offset is in the log, and those above are told from repeats by their ids
 * in the findings topic. A process that stops between any two steps therefore neither loses a finding nor appends it
 * again. What is not guaranteed: an append that the log acknowledges to nobody and stores later than its successor looked
 * stands there twice, with one id.
 */
export class WatchedPartition {
  readonly #parts: WatchParts;
  readonly #detection: PartitionDetection;
  readonly #topic: string;
  readonly #partition: number;
  /** Offset of the next record. */
  #position: bigint;
  #saved: { position: bigint; at: number };
  /** Found and not yet known to be in the log. */
  #pending: FindingRaised[] = [];
  /** Undefined: has to be looked up before anything is appended. */
  #published: PublishedFindings | undefined;
  /** Findings of records that nobody has handled yet are at this offset of their topic or later. */
  #findingsFrom: bigint;

  private constructor(
    parts: WatchParts,
    { topic, partition }: Assignment,
    from: { position: bigint; findingsPosition: bigint; state?: PartitionState },
  ) {
    const { settings, bounds, events, ownSettings } = parts;
    this.#parts = parts;
    this.#topic = topic;
    this.#partition = partition;
    this.#position = from.position;
    this.#saved = { position: from.position, at: performance.now() };
    this.#findingsFrom = from.findingsPosition;
    this.#detection = new PartitionDetection({
      settings,
      onFailure: (error, kind) => events.detectorFailed(error, kind, this.#position),
      ...(from.state ? { state: from.state } : {}),
      ...(bounds ? { bounds } : {}),
      ...(ownSettings ? { ownSettings: (call) => ownSettings.history.of(call) } : {}),
    });
  }

  /**
   * Takes over a partition: state as of its snapshot, or none; then every record up to the committed offset, silently,
   * for its findings are in the log.
   */
  static async takeOver(parts: WatchParts, assignment: Assignment): Promise<WatchedPartition> {
    const { topic, partition } = assignment;
    const snapshot = await usableSnapshot(parts, assignment);
    const { start, end } = await positionOf(parts.log, topic, partition);
    const offset = assignment.offset < end ? assignment.offset : end;
    const from = snapshot ?? { position: start < offset ? start : offset, findingsPosition: 0n };
    const watched = new WatchedPartition(parts, assignment, from);
    watched.#published = await watched.#lookUpPublished();
    await watched.#catchUp(offset);
    return watched;
  }

  /** Resolves when every finding of the batch is in the log: only then may it be committed. */
  async handle(batch: LogBatch): Promise<void> {
    const started = performance.now();
    await this.#detect(batch.records, (finding) => this.#pending.push(finding));
    await this.#publish();
    this.#forgetPublished(batch);
    this.#parts.events.handled(batch, this.#detection.takeCounts(), (performance.now() - started) / 1000);
    if (this.#isSnapshotDue()) await this.save();
  }

  /** Stores a snapshot; a failure is only reported, since the log has everything. */
  async save(): Promise<void> {
    if (this.#position === this.#saved.position || this.#pending.length > 0) return;
    const started = performance.now();
    const position = this.#position;
    try {
      const findingsPosition = this.#findingsFrom;
      const snapshot = { ...this.#name(), position, findingsPosition, state: this.#detection.state };
      const bytes = await this.#parts.snapshots.save(snapshot);
      this.#saved = { position, at: performance.now() };
      this.#parts.events.snapshotSaved(bytes, (performance.now() - started) / 1000);
      // Counts from the next snapshot on: were this partition somebody else's by now, who has found more, this would
      // be too late an offset for today's.
      if (this.#published?.ids.size === 0) this.#findingsFrom = await findingsEnd(this.#parts.log);
    } catch (error) {
      this.#saved = { ...this.#saved, at: performance.now() };
      this.#parts.events.snapshotFailed(error);
    }
  }

  get connections(): number {
    let count = 0;
    for (const tenant of this.#detection.state.tenants.values()) count += tenant.connections.size;
    return count;
  }

  async #catchUp(to: bigint): Promise<void> {
    const from = this.#position;
    if (from >= to) return;
    const { log, signal, events } = this.#parts;
    const onError = (error: unknown) => events.logFailed(error);
    events.catchingUp({ ...this.#name(), from, position: from, to });
    const onRecords = async (records: readonly LogRecord[]): Promise<void> => {
      await this.#detect(records, ({ id }) => this.#published?.ids.delete(id));
      events.catchingUp({ ...this.#name(), from, position: this.#position, to });
    };
    await readRange(log, { ...this.#name(), from, to }, onRecords, { signal, onError });
    if (this.#position < to) this.#position = to;
    this.#detection.takeCounts();
    events.caughtUp(this.#name());
  }

  async #detect(records: readonly LogRecord[], onFinding: (finding: FindingRaised) => void): Promise<void> {
    const newest = records.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0);
    await this.#parts.ownSettings?.upTo(newest);
    for (const [index, record] of records.entries()) {
      if (index % TURN === TURN - 1) await nextTurn();
      // Records of a batch that failed come again, and their findings are pending already.
      if (record.offset < this.#position) continue;
      for (const finding of this.#detection.observe(record)) onFinding(finding);
      this.#position = record.offset + 1n;
    }
  }

  async #publish(): Promise<void> {
    if (this.#pending.length === 0) return;
    const published = (this.#published ??= await this.#lookUpPublished());
    const fresh = this.#pending.filter(({ id }) => !published.ids.has(id));
    if (fresh.length > 0) {
      // Whatever becomes of the append, the log has to be asked before another one.
      this.#published = undefined;
      await this.#parts.log.append(fresh.map(findingRecord));
      this.#published = published;
    }
    for (const { id } of this.#pending) published.ids.delete(id);
    this.#parts.events.published(fresh, this.#pending.length - fresh.length);
    this.#pending = [];
  }

  #lookUpPublished(): Promise<PublishedFindings> {
    const { log, signal, events } = this.#parts;
    return publishedFindings(log, this.#name(), this.#findingsFrom, {
      signal,
      onError: (error) => events.logFailed(error),
    });
  }

  /** Ids that were not found again belong to records that will not come again, once the records are newer than they are. */
  #forgetPublished({ records }: LogBatch): void {
    const published = this.#published;
    if (published === undefined || published.ids.size === 0) return;
    if (records.at(-1)!.timestamp > published.newestAt + CLOCK_SKEW_MS) published.ids.clear();
  }

  #isSnapshotDue(): boolean {
    const { position, at } = this.#saved;
    return (
      this.#position - position >= SNAPSHOT_RECORDS || performance.now() - at >= this.#parts.snapshotEveryMs
    );
  }

  #name(): { topic: string; partition: number } {
    return { topic: this.#topic, partition: this.#partition };
  }
}

/** The stored snapshot, unless it is damaged, outdated, or of another log. */
async function usableSnapshot(parts: WatchParts, assignment: Assignment): Promise<Snapshot | undefined> {
  const { snapshots, log, events } = parts;
  const loaded = await snapshots.load(assignment);
  if (loaded.kind === 'none') return undefined;
  if (loaded.kind === 'snapshot') {
    const { end } = await positionOf(log, assignment.topic, assignment.partition);
    if (loaded.snapshot.position <= end) return loaded.snapshot;
  }
  events.snapshotDiscarded(assignment, {
    reason: loaded.kind === 'snapshot' ? 'other_log' : loaded.kind,
    detail: discardDetail(loaded),
  });
  await snapshots.discard(assignment);
  return undefined;
}

function discardDetail(
  loaded: Exclude<Awaited<ReturnType<SnapshotStore['load']>>, { kind: 'none' }>,
): string {
  switch (loaded.kind) {
    case 'damaged':
      return loaded.reason;
    case 'outdated':
      return `format ${loaded.format}`;
    case 'snapshot':
      return `position ${loaded.snapshot.position} is after the end of the log`;
  }
}

async function positionOf(
  log: EventLog,
  topic: string,
  partition: number,
): Promise<{ start: bigint; end: bigint }> {
  const found = (await log.positions(topic)).find((position) => position.partition === partition);
  return found ?? { start: 0n, end: 0n };
}
