import type { EventFeed, RecordedEvent } from '@portcullis/eventing';
import { EventFollower } from '@portcullis/postgres';
import type { PositionedChange } from '../state/organization.js';
import { secretIdsOf, type PolicyState } from '../state/policy-state.js';
import type { LoadedSecret, SecretStore } from '../state/secret-store.js';

/** Longest pause between two looks at the store; notifications make it shorter. */
export const POLL_MS = 250;
/** Without proof of being up to date for this long, a replica refuses calls (architecture section 1). */
export const FRESH_MS = 2_000;
const NO_SECRETS: ReadonlyMap<string, LoadedSecret> = new Map();

export interface StateFollowerOptions {
  /**
   * Give it a database of its own, with few connections and a statement timeout of a second: the proof of freshness
   * must neither wait behind queries nor on a connection that died without saying so.
   */
  readonly store: EventFeed;
  readonly secrets: SecretStore;
  readonly state: PolicyState;
  /** Monotonic milliseconds, on the clock of `performance.now()`. */
  readonly now?: () => number;
  /** What a batch meant for open streams, once all of it is in force. Must not throw. */
  readonly onApplied?: (changes: readonly PositionedChange[]) => void;
  /** The error when following begins to fail, null when it works again. */
  readonly onTrouble?: (error: unknown) => void;
  /** The state holds what the store no longer does. It goes stale for good; only a new process can begin anew. */
  readonly onDiverged?: (error: unknown) => void;
}

/**
 * Follows the event store into the state, and knows since when the state is proven complete.
 *
 * An event that cannot be applied is not skipped: the state stays where it is and goes stale, and calls are refused.
 */
export class StateFollower {
  #provenAt = -Infinity;
  #inForce = 0;
  #troubled = false;
  #waiting: { readonly position: number; readonly reached: () => void }[] = [];
  readonly #firstProof: (() => void)[] = [];
  readonly #now: () => number;
  readonly #follower: EventFollower;

  constructor(private readonly options: StateFollowerOptions) {
    this.#now = options.now ?? (() => performance.now());
    this.#follower = new EventFollower({
      store: options.store,
      batchSize: 1_000,
      pollMs: POLL_MS,
      onEvents: (events) => this.take(events),
      onCurrent: ({ asOf }) => this.prove(asOf),
      onError: (error) => {
        if (!this.#troubled) options.onTrouble?.(error);
        this.#troubled = true;
      },
      onDiverged: (error) => (options.onDiverged ?? options.onTrouble)?.(error),
    });
  }

  /** Everything up to here is in force. */
  get position(): number {
    return this.#inForce;
  }

  /** Milliseconds since which the state is known to have been complete. Infinite before it first caught up. */
  get ageMs(): number {
    return this.#now() - this.#provenAt;
  }

  get fresh(): boolean {
    return this.ageMs <= FRESH_MS;
  }

  /** Begins to follow, without end. Calls are answered once `fresh` is true. */
  start(): void {
    this.#follower.start();
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
    for (const resolve of this.#firstProof.splice(0)) resolve();
  }

  /** Resolves at the first proof, or when stopped; says at intervals that it still waits. */
  async whenFresh(intervalMs: number, onStillWaiting: () => void): Promise<void> {
    if (this.#provenAt !== -Infinity) return;
    const timer = setInterval(onStillWaiting, intervalMs);
    await new Promise<void>((resolve) => this.#firstProof.push(resolve));
    clearInterval(timer);
  }

  /** True as soon as everything up to the position is in force here; false when it is not within the time given. */
  async reached(position: number, timeoutMs: number): Promise<boolean> {
    if (this.position >= position) return true;
    this.#follower.hint();
    return new Promise((resolve) => {
      const waiting = {
        position,
        reached: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resolve(false);
      }, timeoutMs);
      this.#waiting.push(waiting);
    });
  }

  /** Applies events in order; what was applied before, or in an attempt that failed halfway, is passed over. */
  async take(events: readonly RecordedEvent[]): Promise<void> {
    const { secrets, state } = this.options;
    const secretIds = secretIdsOf(events);
    const loaded = secretIds.length === 0 ? NO_SECRETS : await secrets.load(secretIds);
    const changes: PositionedChange[] = [];
    state.settling.begin();
    try {
      for (const event of events) {
        if (event.globalPosition > state.position) changes.push(...state.apply(event, loaded));
      }
    } finally {
      // What stops somebody is in force as soon as it is applied, and does not wait for rules.
      const stops = changes.filter(({ type }) => type === 'stopped');
      if (stops.length > 0) this.options.onApplied?.(stops);
      await state.settling.settle();
      this.#tell(changes.filter(({ type }) => type !== 'stopped'));
    }
  }

  /** The state is complete as of a moment on the monotonic clock. */
  prove(asOf: number): void {
    this.#provenAt = Math.max(this.#provenAt, asOf);
    for (const resolve of this.#firstProof.splice(0)) resolve();
    if (this.#troubled) this.options.onTrouble?.(null);
    this.#troubled = false;
  }

  #tell(changes: readonly PositionedChange[]): void {
    const { position } = this.options.state;
    this.#inForce = position;
    this.options.onApplied?.(changes);
    const reached = this.#waiting.filter((waiting) => waiting.position <= position);
    if (reached.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => waiting.position > position);
    for (const waiting of reached) waiting.reached();
  }
}
