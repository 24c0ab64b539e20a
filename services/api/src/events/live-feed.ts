import type { EventEnvelope } from '@portcullis/contracts';
import { TOPICS } from '@portcullis/contracts';
import type { EventLog, LogBatch, LogRecord, RunningReader } from '@portcullis/eventlog';
import type { Logger } from 'pino';
import { formatPosition, type FeedPosition } from './feed-position.js';
import { liveEventsOf, type LiveEvent } from './live-event.js';

export interface FeedItem extends LiveEvent {
  /** `topic/partition` and the offset there. */
  readonly partition: string;
  readonly offset: bigint;
  /** SSE id: resuming after it repeats nothing of what came before. */
  readonly id: string;
}

export type FeedSink = (item: FeedItem) => void;

const FEED_TOPICS = [TOPICS.calls.name, TOPICS.policyChanges.name, TOPICS.anomalyFindings.name];
/** Events that no sink needs are not parsed at all. */
const LIVE_TYPES = new Set([
  'CallRefused', 'CallCompleted', 'AgentSessionSuspended', 'AgentSessionResumed', 'AgentSessionCompleted', 'KillSwitchEngaged', 'KillSwitchReleased',
]);
/** Readers that catch up from the log at once; a further one is asked to come again. */
const MAX_CATCH_UPS = 32;

export class FeedBusy extends Error {
  readonly code = 'events.busy';
}

/**
 * The live feed of this replica: one reader at the tail of the log, handed to every connected client of the
 * organization an event belongs to. Nothing is stored; a client that was away reads what it missed from the log.
 */
export class LiveFeed {
  private readonly sinks = new Map<string, Set<FeedSink>>();
  private readonly position = new Map<string, bigint>();
  private reader: RunningReader | undefined;
  private catchUps = 0;

  constructor(
    private readonly log: EventLog,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    for (const topic of FEED_TOPICS) {
      for (const { partition, end } of await this.log.positions(topic)) this.position.set(`${topic}/${partition}`, end - 1n);
    }
    this.reader = await this.log.tail({
      topics: FEED_TOPICS,
      after: new Map(this.position),
      onBatch: (batch) => this.deliver(batch),
      onError: (error) => this.logger.warn({ err: error }, 'the live feed lost the log and tries again'),
    });
  }

  async stop(): Promise<void> {
    await this.reader?.stop();
    this.sinks.clear();
  }

  get clients(): number {
    let count = 0;
    for (const sinks of this.sinks.values()) count += sinks.size;
    return count;
  }

  /** Sends the organization's events from now on. The returned function ends it. */
  subscribe(tenantId: string, sink: FeedSink): () => void {
    const sinks = this.sinks.get(tenantId) ?? new Set();
    this.sinks.set(tenantId, sinks);
    sinks.add(sink);
    return () => {
      sinks.delete(sink);
      if (sinks.size === 0) this.sinks.delete(tenantId);
    };
  }

  /**
   * Sends what came after the position, from the log, and goes on from there. Such a client keeps a reader of its own
   * until it has caught up with the shared one.
   */
  async resume(tenantId: string, after: FeedPosition, sink: FeedSink): Promise<() => void> {
    if (this.catchUps >= MAX_CATCH_UPS) throw new FeedBusy();
    this.catchUps += 1;
    const position = new Map(this.position);
    for (const [partition, offset] of after) if (position.has(partition)) position.set(partition, offset);
    let ended = false;
    let leave: (() => void) | undefined;
    const release = () => {
      this.catchUps -= 1;
      // The handler of the reader may be what ends it: stopping waits for that handler.
      void reader.then((running) => running.stop()).catch((error: unknown) => this.logger.warn({ err: error }, 'a catch-up reader did not stop cleanly'));
    };
    const handOver = () => {
      if (ended || leave !== undefined || ![...this.position].every(([partition, offset]) => (position.get(partition) ?? -1n) >= offset)) return;
      // This reader is nowhere behind the shared one and nothing runs in between; where it is ahead, the shared one
      // must not repeat.
      leave = this.subscribe(tenantId, (item) => {
        if (item.offset > (position.get(item.partition) ?? -1n)) sink(item);
      });
      release();
    };
    const reader = this.log.tail({
      topics: FEED_TOPICS,
      after,
      onBatch: async (batch) => {
        for (const record of batch.records) {
          if (ended || leave !== undefined) return;
          this.advance(position, record);
          for (const item of itemsOf(record, position)) if (item.tenantId === tenantId) sink(item);
        }
        handOver();
      },
      onError: (error) => this.logger.warn({ err: error }, 'a catch-up reader lost the log and tries again'),
    });
    try {
      await reader;
    } catch (error) {
      this.catchUps -= 1;
      throw error;
    }
    handOver();
    return () => {
      if (ended) return;
      ended = true;
      if (leave === undefined) release();
      else leave();
    };
  }

  private async deliver(batch: LogBatch): Promise<void> {
    for (const record of batch.records) {
      this.advance(this.position, record);
      if (this.sinks.size === 0) continue;
      for (const item of itemsOf(record, this.position)) this.sinks.get(item.tenantId)?.forEach((sink) => sink(item));
    }
  }

  private advance(position: Map<string, bigint>, record: LogRecord): void {
    position.set(`${record.topic}/${record.partition}`, record.offset);
  }
}

function itemsOf(record: LogRecord, position: FeedPosition): FeedItem[] {
  if (!LIVE_TYPES.has(record.type)) return [];
  let event: EventEnvelope;
  try {
    event = JSON.parse(Buffer.from(record.value).toString('utf8')) as EventEnvelope;
  } catch {
    return [];
  }
  const id = formatPosition(position);
  const at = { id, partition: `${record.topic}/${record.partition}`, offset: record.offset };
  return liveEventsOf(event).map((live) => ({ ...live, ...at }));
}
