const SECOND_MS = 1_000;
/** Time of a second that one filter may take, and all of them together: calls themselves and REST come first. */
const FILTER_MS = 50;
const TOGETHER_MS = 250;

/** Time spent on filters within the current second, over all channels of this replica. */
export class SharedMatchTime {
  private second = 0;
  private spent = 0;

  constructor(readonly now: () => number) {}

  add(ms: number): void {
    this.turn();
    this.spent += ms;
  }

  get isUp(): boolean {
    this.turn();
    return this.spent >= TOGETHER_MS;
  }

  private turn(): void {
    const second = Math.floor(this.now() / SECOND_MS);
    if (second === this.second) return;
    this.second = second;
    this.spent = 0;
  }
}

/** What one filter may cost: a hostile one leaves out events of its own clients alone. */
export class MatchBudget {
  private second = 0;
  private spent = 0;

  constructor(private readonly shared: SharedMatchTime) {}

  /** The answer of the filter; undefined when its time is up and it was not asked. */
  ask(matches: () => boolean): boolean | undefined {
    const started = this.shared.now();
    const second = Math.floor(started / SECOND_MS);
    if (second !== this.second) {
      this.second = second;
      this.spent = 0;
    }
    // Together they may be up because of others: a filter that is cheap by itself goes on.
    if (this.spent >= FILTER_MS || (this.spent > FILTER_MS / 50 && this.shared.isUp)) return undefined;
    const answer = matches();
    const ms = this.shared.now() - started;
    this.spent += ms;
    this.shared.add(ms);
    return answer;
  }
}
