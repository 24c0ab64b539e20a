import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { LiveEvent } from '@portcullis/contracts';
import type { EventLog, LogBatch } from '@portcullis/eventlog';
import { formatPosition, type FeedPosition } from './feed-position.js';
import { FeedRecord } from './feed-record.js';
import { chooses } from './live-channel.js';
import { LiveChunk, type LiveClient } from './live-chunk.js';
import type { LiveFilter } from './live-filter.js';
import { MatchBudget, type SharedMatchTime } from './match-budget.js';
import { RateWindow } from './rate-window.js';
import type { RecentRecords } from './recent-records.js';

/** Missed calls wait for their turn under the limit for this long; what is missed still is only counted. */
const PACED_MS = 30_000;
/** Records between two turns of the event loop. */
const TURN = 200;
const FEED_POLL_MS = 10;

export interface CatchUpParts {
  readonly log: EventLog;
  readonly topics: readonly string[];
  readonly time: SharedMatchTime;
  readonly recent: RecentRecords;
  /** How far the feed itself has come; it moves on meanwhile. */
  readonly feedAt: FeedPosition;
  readonly onError: (error: unknown) => void;
}

/** Hands one client what it missed, until there is nothing the feed has seen and the client has not. */
export class CatchUp {
  private readonly own: Map<string, bigint>;
  private readonly window: RateWindow;
  private readonly budget: MatchBudget;
  private readonly pacedUntil: number;
  private pending: LiveEvent[] = [];
  private left = 0;

  constructor(
    private readonly parts: CatchUpParts,
    after: FeedPosition,
    private readonly filter: LiveFilter,
    private readonly client: LiveClient,
    private readonly signal: AbortSignal,
  ) {
    this.own = new Map(
      [...parts.feedAt].map(([partition, offset]) => [partition, after.get(partition) ?? offset]),
    );
    this.window = new RateWindow(parts.time.now);
    this.budget = new MatchBudget(parts.time);
    this.pacedUntil = parts.time.now() + PACED_MS;
  }

  /** Whether more was missed than is in memory. */
  get needsLog(): boolean {
    return !this.parts.recent.covers(this.own);
  }

  /** From the log, until what is left is in memory. */
  async readLog(): Promise<void> {
    // The client may have left while it waited for its turn.
    if (this.signal.aborted) return;
    const { log, topics, onError } = this.parts;
    let done: () => void = () => undefined;
    const near = new Promise<void>((resolve) => (done = resolve));
    this.signal.addEventListener('abort', done, { once: true });
    const onBatch = async (batch: LogBatch) => {
      for (const record of batch.records) {
        if (this.signal.aborted) return;
        await this.untilFeedIsAt(`${record.topic}/${record.partition}`, record.offset);
        await this.take(new FeedRecord(record));
      }
      this.flush();
      if (!this.needsLog) done();
    };
    const reader = await log.tail({ topics, after: new Map(this.own), onError, onBatch });
    if (!this.needsLog) done();
    await near;
    await reader.stop();
  }

  /**
   * From memory. Calls `onEnd`, and answers true, when the client has seen what the feed has: in that turn, since in the
   * next the feed may have seen more. False when memory moved on and the log is needed again.
   */
  async readRecent(onEnd: () => void): Promise<boolean> {
    for (;;) {
      if (this.signal.aborted) return true;
      if (this.needsLog) return false;
      const missed = this.parts.recent.after(this.own);
      if (missed.length === 0) break;
      for (const [index, record] of missed.entries()) {
        if (this.signal.aborted) return true;
        if (index % TURN === TURN - 1) await nextTurn();
        await this.take(record);
      }
    }
    this.flush();
    if (this.left > 0) this.client.dropped(this.left);
    onEnd();
    return true;
  }

  /** This reader may be ahead of the feed, which would then repeat what the client has. */
  private async untilFeedIsAt(partition: string, offset: bigint): Promise<void> {
    while (offset > (this.parts.feedAt.get(partition) ?? -1n) && !this.signal.aborted)
      await sleep(FEED_POLL_MS);
  }

  private async take(record: FeedRecord): Promise<void> {
    if (record.offset <= (this.own.get(record.partition) ?? -1n)) return;
    const isSeen = record.isSeen && record.tenantId === this.filter.tenantId;
    const before = isSeen ? formatPosition(this.own) : '';
    this.own.set(record.partition, record.offset);
    if (!isSeen) return;
    for (const event of record.events(before, formatPosition(this.own))) {
      const chosen = chooses(this.filter, event, record, this.budget);
      if (chosen === false) continue;
      if (chosen && (await this.hasTurn(event))) this.pending.push(event);
      else this.left += 1;
    }
  }

  /** Waits until the event may be sent; false when waiting has taken too long already. */
  private async hasTurn(event: LiveEvent): Promise<boolean> {
    while (!this.window.take(event.name === 'tool_call' ? 'call' : 'other')) {
      if (this.parts.time.now() >= this.pacedUntil || this.signal.aborted) return false;
      this.flush();
      await sleep(Math.max(FEED_POLL_MS, this.window.waitMs));
    }
    return true;
  }

  private flush(): void {
    if (this.pending.length > 0 && !this.signal.aborted) this.client.deliver(new LiveChunk(this.pending));
    this.pending = [];
  }
}
