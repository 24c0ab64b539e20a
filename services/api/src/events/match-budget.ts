/** Short, so that what one uses up at once keeps calls themselves and REST waiting for no longer. */
const WINDOW_MS = 100;
/** Time of a window that one filter may take, and all of them together: calls themselves and REST come first. */
const FILTER_MS = 5;
const TOGETHER_MS = 25;
/** Beyond that, shared evenly: what others use up leaves a filter that is cheap by itself its part of this. */
const RESERVE_MS = 15;

/** Time spent on filters within the current window, over all channels of this replica. */
export class SharedMatchTime {
  private window = 0;
  private spent = 0;
  private asking = 0;
  private askedBefore = 1;

  constructor(readonly now: () => number) {}

  /** The window that is now, and that one more filter asks in it. */
  joined(): void {
    this.turn();
    this.asking += 1;
  }

  add(ms: number): void {
    this.turn();
    this.spent += ms;
  }

  /** Whether a filter may be asked that has taken `spent` in this window, and `lastMs` when it was last asked. */
  allows(spent: number, lastMs: number): boolean {
    this.turn();
    if (this.spent < TOGETHER_MS) return spent < FILTER_MS;
    if (this.spent >= TOGETHER_MS + RESERVE_MS) return false;
    return spent + lastMs <= RESERVE_MS / Math.max(this.asking, this.askedBefore);
  }

  private turn(): void {
    const window = windowAt(this.now());
    if (window === this.window) return;
    this.window = window;
    this.spent = 0;
    this.askedBefore = this.asking;
    this.asking = 0;
  }
}

/** What one filter may cost: a hostile one leaves out events of its own clients alone. */
export class MatchBudget {
  private window = -1;
  private spent = 0;
  private lastMs = 0;

  constructor(private readonly shared: SharedMatchTime) {}

  /** The answer of the filter; undefined when its time is up and it was not asked. */
  ask(matches: () => boolean): boolean | undefined {
    const started = this.shared.now();
    const window = windowAt(started);
    if (window !== this.window) {
      this.window = window;
      this.spent = 0;
      this.shared.joined();
    }
    if (!this.shared.allows(this.spent, this.lastMs)) return undefined;
    const answer = matches();
    this.lastMs = this.shared.now() - started;
    this.spent += this.lastMs;
    this.shared.add(this.lastMs);
    return answer;
  }
}

function windowAt(now: number): number {
  return Math.floor(now / WINDOW_MS);
}
