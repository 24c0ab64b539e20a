/** Something that must not last for ever. Times are `performance.now()` milliseconds. */
export interface Timed {
  deadline: number;
  /** Called once the deadline has passed; again a tick later, unless it moved the deadline or took itself out. */
  onDeadline(now: number): void;
}

const TICK_MS = 250;

/**
 * One coarse timer for every call, stream and session: timers of their own would cost each call more than its
 * whole deadline is worth. Late by at most a quarter of a second.
 */
export class Deadlines {
  private readonly timed = new Set<Timed>();
  private timer: NodeJS.Timeout | undefined;

  start(): void {
    this.timer = setInterval(() => this.tick(performance.now()), TICK_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  add(timed: Timed): void {
    this.timed.add(timed);
  }

  delete(timed: Timed): void {
    this.timed.delete(timed);
  }

  get size(): number {
    return this.timed.size;
  }

  tick(now: number): void {
    for (const timed of this.timed) if (timed.deadline <= now) timed.onDeadline(now);
  }
}
