import { FeedBusy } from './feed-busy.js';

/** Lets few work at once; the others wait for their turn, but not for ever. */
export class Slots {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(
    count: number,
    private readonly waitMs: number,
  ) {
    this.free = count;
  }

  /** Rejects with `FeedBusy` when no turn came in time. */
  async use<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.turn();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }

  private turn(): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(limit);
        resolve();
      };
      const limit = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        reject(new FeedBusy());
      }, this.waitMs);
      this.waiting.push(start);
    });
  }
}
