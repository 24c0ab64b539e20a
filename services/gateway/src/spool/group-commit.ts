/**
 * Makes what was written durable in the background, many appends with one sync. `dirty()` asks for a sync that starts
 * within `delayMs`; `flushed()` asks for one at once and waits for it.
 */
export class GroupCommit {
  private timer: NodeJS.Timeout | null = null;
  private running = false;
  private waiting: Waiter[] = [];

  constructor(
    private readonly sync: () => Promise<void>,
    private readonly delayMs: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  dirty(): void {
    if (this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.running) this.dirty();
      else void this.run();
    }, this.delayMs);
    this.timer.unref();
  }

  /** Of a sync that starts after the call: one that is under way may have begun before the write it shall cover. */
  flushed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      if (!this.running) void this.run();
    });
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private async run(): Promise<void> {
    this.running = true;
    do {
      this.stop();
      const served = this.waiting;
      this.waiting = [];
      try {
        await this.sync();
        for (const waiter of served) waiter.resolve();
      } catch (error) {
        this.onError(error);
        // Nothing after a failed sync can be trusted: those who wait for the next one fail with it.
        for (const waiter of [...served, ...this.waiting.splice(0)]) waiter.reject(error);
      }
    } while (this.waiting.length > 0);
    this.running = false;
  }
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}
