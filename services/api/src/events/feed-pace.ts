import { LIVE_EVENTS_PER_SECOND } from '@portcullis/contracts';

/** Events this replica hands out in a second, over all clients: a crowd that watches must not slow down the calls it watches. */
const TOGETHER_PER_SECOND = 40_000;
/** Nobody gets less, however many watch. */
const LEAST_PER_SECOND = 20;
/** Events wait this long for others to go out with: fewer, larger writes, fewer still for a crowd. */
const FLUSH_MS = 100;
const CROWD_FLUSH_MS = 250;
const CROWD = 200;

/** How much each client gets, by how many there are. */
export class FeedPace {
  constructor(private readonly clients: () => number) {}

  get eventsPerSecond(): number {
    const share = Math.floor(TOGETHER_PER_SECOND / Math.max(1, this.clients()));
    return Math.min(LIVE_EVENTS_PER_SECOND, Math.max(LEAST_PER_SECOND, share));
  }

  get flushMs(): number {
    return this.clients() > CROWD ? CROWD_FLUSH_MS : FLUSH_MS;
  }
}
