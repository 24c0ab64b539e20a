import { TOPICS } from '@portcullis/contracts';
import type { EventLog, LogBatch, RunningReader } from '@portcullis/eventlog';
import { ProblemError } from '@portcullis/service';
import type { Logger } from 'pino';
import { CatchUp, type CatchUpParts } from './catch-up.js';
import { FeedBusy } from './feed-busy.js';
import { FeedPace } from './feed-pace.js';
import { formatPosition, type FeedPosition } from './feed-position.js';
import { FeedRecord } from './feed-record.js';
import { LiveChannel } from './live-channel.js';
import type { LiveClient } from './live-chunk.js';
import type { LiveFilter } from './live-filter.js';
import { SharedMatchTime } from './match-budget.js';
import { RecentRecords } from './recent-records.js';
import { Slots } from './slots.js';

const FEED_TOPICS = [
  TOPICS.calls.name,
  TOPICS.policyChanges.name,
  TOPICS.anomalyFindings.name,
  TOPICS.notificationDeliveries.name,
];
const MAX_CLIENTS = 5_000;
/** Clients that read the log at once to catch up, and how long the others wait for their turn. */
const MAX_LOG_READERS = 16;
const LOG_READER_WAIT_MS = 20_000;
/** Records of one partition a client that was away gets at most: whoever was away for longer asks Lens. */
const FARTHEST_BACK = 20_000n;

/** With no client for this long the log is read no more: reading for nobody takes from every call (docs/benchmarks.md). */
const IDLE_MS = 60_000;
const IDLE_CHECK_MS = 10_000;

/** The position is of no log of ours, or ahead of it. */
export class BadPosition extends Error {
  readonly code = 'events.bad_position';
}

export interface FeedSubscription {
  /** Where the client began: it can resume after this though no event ever came. */
  readonly position: string;
  /** Where the client is now; null while it catches up, since its events say so then. */
  place(): string | null;
  leave(): void;
  /** Ends the connection. */
  cut(): void;
}

interface Start {
  readonly from: FeedPosition;
  /** False when the log has let go of some of what is asked for, or it is too long ago. */
  readonly complete: boolean;
}

interface Joined {
  readonly channel: LiveChannel;
  readonly leave: () => void;
}

/**
 * The live feed of this replica: one reader at the tail of the log, handed to every connected client of the organization
 * an event belongs to. Nothing is stored; a client that was away gets what it missed from memory, or from the log. While
 * nobody is connected it rests, and begins at the end of the log again with the next client.
 */
export class LiveFeed {
  private readonly channels = new Map<string, LiveChannel>();
  /** Channels of an organization, by its id. */
  private readonly byTenant = new Map<string, Set<LiveChannel>>();
  private readonly at = new Map<string, bigint>();
  private readonly subscriptions = new Set<FeedSubscription>();
  private readonly logReaders = new Slots(MAX_LOG_READERS, LOG_READER_WAIT_MS);
  private readonly pace = new FeedPace(() => this.subscriptions.size);
  private readonly time: SharedMatchTime;
  private recent = new RecentRecords(new Map());
  /** Of `at`; undefined when it has moved on since. */
  private text: string | undefined;
  private reading: Promise<RunningReader> | undefined;
  private neededAt: number;
  private idling: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly logger: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.time = new SharedMatchTime(now);
    this.neededAt = now();
  }

  async start(): Promise<void> {
    await this.wake();
    this.idling = setInterval(() => void this.rest(), IDLE_CHECK_MS).unref();
  }

  /** Stops reading when nobody has needed it for a while. */
  async rest(): Promise<void> {
    const { reading } = this;
    if (this.subscriptions.size > 0 || this.now() - this.neededAt < IDLE_MS) return;
    this.reading = undefined;
    await reading?.then((reader) => reader.stop()).catch(() => undefined);
  }

  /** Resolves when the feed reads the log. */
  private async wake(): Promise<void> {
    this.neededAt = this.now();
    const reading = (this.reading ??= this.read());
    try {
      await reading;
    } catch (error) {
      if (this.reading === reading) this.reading = undefined;
      throw error;
    }
  }

  private async read(): Promise<RunningReader> {
    for (const topic of FEED_TOPICS) {
      for (const { partition, end } of await this.log.positions(topic))
        this.at.set(`${topic}/${partition}`, end - 1n);
    }
    const recent = new RecentRecords(new Map(this.at));
    this.recent = recent;
    this.text = undefined;
    return this.log.tail({
      topics: FEED_TOPICS,
      after: new Map(this.at),
      onBatch: async (batch) => {
        // A reader that is stopping may bring a last batch.
        if (this.recent === recent) this.deliver(batch);
      },
      onError: (error) => this.logger.warn({ err: error }, 'the live feed lost the log and tries again'),
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.idling);
    await this.reading?.then((reader) => reader.stop()).catch(() => undefined);
    for (const subscription of this.subscriptions) subscription.leave();
  }

  /** Ends every connection: the clients resume elsewhere. */
  cutAll(): void {
    for (const { cut } of this.subscriptions) cut();
  }

  get clients(): number {
    return this.subscriptions.size;
  }

  get filters(): number {
    return this.channels.size;
  }

  get position(): string {
    return (this.text ??= formatPosition(this.at));
  }

  /**
   * Sends what the filter chooses of the organization's events: from now on, or from after the given position on. Rejects
   * with `FeedBusy` or `BadPosition`. `onBegin` is called in the turn in which the client's first event may come.
   */
  async subscribe(
    filter: LiveFilter,
    client: LiveClient,
    after?: FeedPosition,
    onBegin: () => void = () => undefined,
  ): Promise<FeedSubscription> {
    const start = await this.check(after);
    const ending = new AbortController();
    let joined: Joined | undefined;
    const subscription: FeedSubscription = {
      position: after === undefined ? this.position : formatPosition(after),
      place: () => {
        // What waits to be sent is not behind the client yet.
        joined?.channel.flush();
        return joined === undefined ? null : this.position;
      },
      cut: () => client.cut(),
      leave: () => {
        if (!this.subscriptions.delete(subscription)) return;
        this.neededAt = this.now();
        ending.abort();
        joined?.leave();
      },
    };
    onBegin();
    this.subscriptions.add(subscription);
    if (start === undefined) {
      joined = this.join(filter, client);
      return subscription;
    }
    const catchUp = new CatchUp(this.catchUpParts(), start.from, filter, client, ending.signal);
    const end = () => {
      joined = this.join(filter, client);
      client.resumed({ position: this.position, complete: start.complete });
    };
    void this.run(catchUp, end).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'a live client could not catch up');
      client.cut();
    });
    return subscription;
  }

  /** Whether a client can be had, and from where it would begin. Rejects as `subscribe` does. */
  async check(after?: FeedPosition): Promise<Start | undefined> {
    if (this.subscriptions.size >= MAX_CLIENTS) throw new FeedBusy();
    await this.wake().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'the live feed cannot read the log');
      throw unavailable();
    });
    return after === undefined ? undefined : this.startOf(after);
  }

  private async run(catchUp: CatchUp, onEnd: () => void): Promise<void> {
    do {
      if (catchUp.needsLog) await this.logReaders.use(() => catchUp.readLog());
    } while (!(await catchUp.readRecent(onEnd)));
  }

  /** Where reading can begin: the log may have let go of what is asked for. */
  private async startOf(after: FeedPosition): Promise<Start> {
    if (
      this.recent.covers(after) &&
      [...after].every(([name, offset]) => offset <= (this.at.get(name) ?? -1n))
    ) {
      return { from: after, complete: true };
    }
    const from = new Map(after);
    let complete = true;
    for (const topic of FEED_TOPICS) {
      for (const { partition, start, end } of await this.log.positions(topic)) {
        const name = `${topic}/${partition}`;
        const offset = after.get(name);
        if (offset === undefined) continue;
        if (offset >= end) throw new BadPosition();
        const least = end - FARTHEST_BACK > start ? end - FARTHEST_BACK : start;
        if (offset < least - 1n) {
          from.set(name, least - 1n);
          complete = false;
        }
      }
    }
    return { from, complete };
  }

  private join(filter: LiveFilter, client: LiveClient): Joined {
    const { key, tenantId } = filter;
    const channel = this.channels.get(key) ?? new LiveChannel(filter, this.time, this.pace);
    this.channels.set(key, channel);
    const ofTenant = this.byTenant.get(tenantId) ?? new Set();
    this.byTenant.set(tenantId, ofTenant.add(channel));
    channel.join(() => client.enter(key));
    const leave = () => {
      const sink = client.exit(key);
      if (sink !== undefined) channel.leave(sink);
      if (!channel.isEmpty || this.channels.get(key) !== channel) return;
      this.channels.delete(key);
      ofTenant.delete(channel);
      if (ofTenant.size === 0) this.byTenant.delete(tenantId);
    };
    return { channel, leave };
  }

  private catchUpParts(): CatchUpParts {
    const { log, time, recent, at } = this;
    const onError = (error: unknown) =>
      this.logger.warn({ err: error }, 'a catch-up reader lost the log and tries again');
    return { log, topics: FEED_TOPICS, time, recent, feedAt: at, onError };
  }

  private deliver(batch: LogBatch): void {
    for (const raw of batch.records) {
      const record = new FeedRecord(raw);
      const isWanted = record.isSeen && this.byTenant.size > 0;
      const channels = isWanted ? this.byTenant.get(record.tenantId ?? '') : undefined;
      // The place is written down only for those who are sent it.
      const before = channels === undefined ? '' : this.position;
      this.at.set(record.partition, raw.offset);
      this.text = undefined;
      if (record.isSeen) this.recent.push(record);
      for (const channel of channels ?? []) channel.offer(record, before, this.position);
    }
  }
}

function unavailable(): ProblemError {
  return new ProblemError({
    code: 'events.unavailable',
    status: 503,
    title: 'The event log cannot be read now. Try again in a moment.',
  });
}
