import { ProblemError } from '@portcullis/service';

/** Who waits for a turn. */
export interface TurnTaker {
  /** Network the request came from. */
  readonly from: string;
  /** Signed in from there before, or has shown by other means that they belong here. */
  readonly isKnown: boolean;
}

interface Waiting {
  readonly begin: () => void;
  readonly refuse: (error: ProblemError) => void;
}

/** A derivation takes 32 MiB; a flood of sign-ins must not take the memory of everything else. */
const AT_A_TIME = 2;
/** Of those who are known, and of strangers. */
const MOST_WAITING = 64;

/**
 * Who may work on a password now. Those who are known come first; strangers take turns by the network they come from, and where
 * too many wait the network with the most gives way, so that a flood waits for itself and others wait for one of it.
 */
export class PasswordTurns {
  #running = 0;
  readonly #known: Waiting[] = [];
  /** Never empty ones; whose turn is next stands first. */
  readonly #strangers = new Map<string, Waiting[]>();
  #strangersWaiting = 0;

  get waiting(): number {
    return this.#known.length + this.#strangersWaiting;
  }

  /** Rejects with 503 `auth.busy` when too many wait. */
  async use<Result>(taker: TurnTaker, work: () => Promise<Result>): Promise<Result> {
    if (this.#running < AT_A_TIME) this.#running += 1;
    else await this.#wait(taker);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** Resolves in the place of one that has ended. */
  #wait({ from, isKnown }: TurnTaker): Promise<void> {
    return new Promise((begin, refuse) => {
      const waiting = { begin, refuse };
      if (isKnown) {
        if (this.#known.length >= MOST_WAITING) throw busy();
        this.#known.push(waiting);
        return;
      }
      const lane = this.#strangers.get(from) ?? [];
      if (this.#strangersWaiting >= MOST_WAITING) this.#makeRoom(lane);
      lane.push(waiting);
      this.#strangers.set(from, lane);
      this.#strangersWaiting += 1;
    });
  }

  /** The last of the longest lane goes, if that lane stays the longer one. */
  #makeRoom(own: readonly Waiting[]): void {
    let longest: Waiting[] = [];
    for (const lane of this.#strangers.values()) if (lane.length > longest.length) longest = lane;
    if (longest.length < own.length + 2) throw busy();
    longest.pop()?.refuse(busy());
    this.#strangersWaiting -= 1;
  }

  #next(): void {
    const next = this.#known.shift() ?? this.#nextStranger();
    if (next === undefined) this.#running -= 1;
    else next.begin();
  }

  #nextStranger(): Waiting | undefined {
    const [first] = this.#strangers;
    if (first === undefined) return undefined;
    const [from, lane] = first;
    this.#strangers.delete(from);
    const next = lane.shift();
    if (lane.length > 0) this.#strangers.set(from, lane);
    this.#strangersWaiting -= 1;
    return next;
  }
}

function busy(): ProblemError {
  return new ProblemError({
    code: 'auth.busy',
    status: 503,
    title: 'Too many people are signing in. Try again in a moment.',
  });
}
