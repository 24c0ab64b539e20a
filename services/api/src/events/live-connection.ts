import { liveSubscriptionSchema, type LiveAcknowledgement } from '@portcullis/contracts';
import { FeedBusy } from './feed-busy.js';
import { parsePosition } from './feed-position.js';
import type { FeedSubscription, LiveFeed } from './live-feed.js';
import { liveFilter } from './live-filter.js';
import { badPosition, liveRefusal } from './live-problems.js';
import { closeTransport, SocketClient, type LiveSocket, type SocketGroup } from './live-socket.js';

/** Subscriptions one connection may ask for within a second. */
const MOST_CHANGES = 10;

/** One connection to `/live` and its subscription. */
export class LiveConnection {
  private subscription: FeedSubscription | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private changes = { second: 0, count: 0 };

  constructor(
    private readonly socket: LiveSocket,
    private readonly feed: LiveFeed,
    private readonly groups: Map<string, SocketGroup>,
    private readonly onError: (error: unknown) => void,
  ) {}

  start(): void {
    this.socket.on(
      'subscribe',
      (asked: unknown, acknowledge: unknown) => void this.change(acknowledge, () => this.subscribe(asked)),
    );
    this.socket.on('unsubscribe', (acknowledge: unknown) => {
      void this.change(acknowledge, async () => {
        const position = this.subscription?.place() ?? this.subscription?.position ?? this.feed.position;
        this.leave();
        return position;
      });
    });
    void this.change(undefined, () => this.subscribe(this.socket.data.first)).then((answer) => {
      // It was looked at before the connection was accepted: too many came at once.
      if (!answer.ok) closeTransport(this.socket);
    });
  }

  tellPosition(): void {
    const place = this.subscription?.place() ?? null;
    if (place !== null) this.socket.emit('position', place);
  }

  leave(): void {
    this.subscription?.leave();
    this.subscription = undefined;
  }

  private async subscribe(asked: unknown): Promise<string> {
    const { q = '', after, batch = false } = liveSubscriptionSchema.parse(asked ?? {});
    const position = after === undefined ? undefined : parsePosition(after);
    if (position === null) throw badPosition();
    const filter = liveFilter(this.socket.data.caller, q);
    const client = new SocketClient(this.socket, this.groups, batch);
    // The one before ends in the turn the new one begins in: nothing comes twice, and a refusal changes nothing.
    const before = this.subscription;
    const subscription = await this.feed.subscribe(filter, client, position, () => before?.leave());
    if (this.socket.disconnected) subscription.leave();
    else this.subscription = subscription;
    return subscription.position;
  }

  /** One after another; answers what became of it. */
  private change(acknowledge: unknown, work: () => Promise<string>): Promise<LiveAcknowledgement> {
    const turn = this.turn.then(async (): Promise<LiveAcknowledgement> => {
      try {
        this.count();
        return { ok: true, position: await work() };
      } catch (error) {
        const refusal = liveRefusal(error);
        if (refusal === null) this.onError(error);
        return { ok: false, error: refusal ?? { code: 'internal.error', title: 'Internal error' } };
      }
    });
    this.turn = turn;
    return turn.then((answer) => {
      if (typeof acknowledge === 'function') (acknowledge as (given: LiveAcknowledgement) => void)(answer);
      return answer;
    });
  }

  private count(): void {
    const second = Math.floor(performance.now() / 1_000);
    if (this.changes.second !== second) this.changes = { second, count: 0 };
    this.changes.count += 1;
    if (this.changes.count > MOST_CHANGES) throw new FeedBusy();
  }
}
