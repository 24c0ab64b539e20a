import { TryAgainLater } from './try-again-later.js';

/** Who waits for a turn. */
export interface TurnTaker {
  /** Signed in from there before, or has shown by other means that they belong here. */
  readonly isKnown: boolean;
  /** Attempts from their network of late, failed or under way: of two strangers, the one with fewer comes first. */
  readonly attempts: number;
}

interface Waiting {
  readonly attempts: number;
  readonly begin: () => void;
  readonly refuse: () => void;
}

/** A derivation takes 32 MiB; a flood of sign-ins must not take the memory of everything else. */
const AT_A_TIME = 2;
/** Of those who are known, and of strangers. */
const MOST_WAITING = 64;
/** A person who waits for longer has gone. */
const LONGEST_WAIT_MS = 15_000;
/** When to come again, for who was refused: by then some of those who wait have had their turn. */
const COME_AGAIN_SECONDS = 5;

/**
 * Who may work on a password now. Those who are known come first, then strangers, whose network tried least before all others; where
 * too many wait, the one whose network tried most gives way. So a flood waits for itself, from however many addresses it comes: each of
 * them is the equal of an honest visitor for its first guess alone, and not even for that where many of them lie side by side.
 */
export class PasswordTurns {
  #running = 0;
  readonly #known: Waiting[] = [];
  /** In the order they came. */
  readonly #strangers: Waiting[] = [];

  get waiting(): number {
    return this.#known.length + this.#strangers.length;
  }

  /** Rejects with 503 `auth.busy` when too many wait, or for too long. */
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
  #wait({ attempts, isKnown }: TurnTaker): Promise<void> {
    const line = isKnown ? this.#known : this.#strangers;
    if (line.length >= MOST_WAITING && !this.#makesRoom(line, attempts)) throw busy();
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        line.splice(line.indexOf(waiting), 1);
        reject(busy());
      }, LONGEST_WAIT_MS).unref();
      const waiting: Waiting = {
        attempts,
        begin: () => {
          clearTimeout(late);
          resolve();
        },
        refuse: () => {
          clearTimeout(late);
          reject(busy());
        },
      };
      line.push(waiting);
    });
  }

  /** The last of those with the most attempts goes, if it has more than who comes. */
  #makesRoom(line: Waiting[], attempts: number): boolean {
    if (line === this.#known) return false;
    const most = Math.max(...line.map((waiting) => waiting.attempts));
    if (most <= attempts) return false;
    const [gone] = line.splice(
      line.findLastIndex((waiting) => waiting.attempts === most),
      1,
    );
    gone?.refuse();
    return true;
  }

  #next(): void {
    const next = this.#known.shift() ?? this.#nextStranger();
    if (next === undefined) this.#running -= 1;
    else next.begin();
  }

  #nextStranger(): Waiting | undefined {
    const least = Math.min(...this.#strangers.map(({ attempts }) => attempts));
    return this.#strangers.splice(
      this.#strangers.findIndex(({ attempts }) => attempts === least),
      1,
    )[0];
  }
}

function busy(): TryAgainLater {
  const title = 'Too many people are signing in. Try again in a moment.';
  return new TryAgainLater({ code: 'auth.busy', status: 503, title }, COME_AGAIN_SECONDS);
}
