import type { LiveEvent } from '@portcullis/contracts';
import type { FeedPace } from './feed-pace.js';
import type { FeedRecord } from './feed-record.js';
import { LiveChunk, type LiveSink } from './live-chunk.js';
import type { LiveFilter } from './live-filter.js';
import { MatchBudget, type SharedMatchTime } from './match-budget.js';
import { RateWindow } from './rate-window.js';

const TELL_DROPPED_MS = 1_000;

/**
 * Clients that get the same events: the filter is asked, the limit kept and the text made once for all of them. Whoever
 * joins gets nothing, and no count, of what came before.
 */
export class LiveChannel {
  private readonly sinks = new Set<LiveSink>();
  private readonly window: RateWindow;
  private readonly budget: MatchBudget;
  private pending: LiveEvent[] = [];
  private left = 0;
  private flushing: NodeJS.Timeout | undefined;
  private telling: NodeJS.Timeout | undefined;

  constructor(
    private readonly filter: LiveFilter,
    time: SharedMatchTime,
    private readonly pace: FeedPace,
  ) {
    this.window = new RateWindow(time.now, () => pace.eventsPerSecond);
    this.budget = new MatchBudget(time);
  }

  get isEmpty(): boolean {
    return this.sinks.size === 0;
  }

  /** `sink` is asked for once what came before is out: it may be one that others share. */
  join(sink: () => LiveSink): void {
    this.flush();
    this.tellDropped();
    this.sinks.add(sink());
  }

  leave(sink: LiveSink): void {
    this.sinks.delete(sink);
    if (this.sinks.size > 0) return;
    clearTimeout(this.flushing);
    clearTimeout(this.telling);
  }

  offer(record: FeedRecord, before: string, after: string): void {
    for (const event of record.events(before, after)) {
      const chosen = chooses(this.filter, event, record, this.budget);
      if (chosen === false) continue;
      if (chosen && this.window.take(event.name === 'tool_call' ? 'call' : 'other')) this.send(event);
      else this.leaveOut();
    }
  }

  private send(event: LiveEvent): void {
    this.pending.push(event);
    this.flushing ??= setTimeout(() => this.flush(), this.pace.flushMs);
  }

  private leaveOut(): void {
    this.left += 1;
    this.telling ??= setTimeout(() => this.tellDropped(), TELL_DROPPED_MS);
  }

  /** Sends what waits. */
  flush(): void {
    clearTimeout(this.flushing);
    this.flushing = undefined;
    if (this.pending.length === 0) return;
    const chunk = new LiveChunk(this.pending);
    this.pending = [];
    for (const sink of this.sinks) sink.deliver(chunk);
  }

  private tellDropped(): void {
    clearTimeout(this.telling);
    this.telling = undefined;
    if (this.left === 0) return;
    const count = this.left;
    this.left = 0;
    for (const sink of this.sinks) sink.dropped(count);
  }
}

/** Whether the filter wants an event; undefined when it has had its time for this second. */
export function chooses(
  { matcher, payload }: LiveFilter,
  event: LiveEvent,
  record: FeedRecord,
  budget: MatchBudget,
): boolean | undefined {
  if (matcher === null || event.name !== 'tool_call') return true;
  const row = record.row(payload);
  return row !== undefined && budget.ask(() => matcher.matches(row));
}
