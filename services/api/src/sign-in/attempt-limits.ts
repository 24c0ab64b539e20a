import { createHash } from 'node:crypto';

export interface AttemptLimitsOptions {
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** Counters of a kind kept at a time; the oldest make room. */
  readonly capacity?: number;
}

const WINDOW_MS = 15 * 60_000;
/** Failures within the window after which nobody is let try: one account from one address, one address, one account. */
const MOST = { pair: 10, address: 50, account: 100 } as const;
const CAPACITY = 10_000;
/** Attempts from around an address that count as one of its own. */
const AROUND = 16;

interface Counter {
  count: number;
  /** When the counter begins anew. */
  endsAt: number;
}

export interface Attempt {
  /** The account was signed in to from this network before. */
  readonly isKnown: boolean;
  /**
   * Others from this network within the window, failed or under way; or a sixteenth of those from around it, if that is more: one may
   * have very many addresses side by side, but not everywhere.
   */
  readonly attempts: number;
  /** The password was right: the attempt does not count. */
  succeeded(): void;
  /** Nobody looked at the password: the attempt does not count. */
  untried(): void;
}

/**
 * Counts failed attempts at passwords, by address and by account, in memory of bounded size. An attempt counts from its
 * start, so that many at once are no way round. An account is limited by whoever asks from where first, so that a stranger cannot
 * lock its owner out from another address; very many strangers together can, but not from where the owner signed in before.
 * Unknown accounts count like known ones. What is refused leaves no trace here: it must not push out what refuses it.
 */
export class AttemptLimits {
  readonly #pairs: Counters;
  readonly #addresses: Counters;
  readonly #accounts: Counters;
  /** By the wider network; they limit nothing. */
  readonly #around: Counters;
  /** Accounts and the networks they were signed in to from; only a right password adds to it. */
  readonly #known = new Set<string>();
  readonly #now: () => number;
  readonly #capacity: number;

  constructor({ now = () => performance.now(), capacity = CAPACITY }: AttemptLimitsOptions = {}) {
    this.#now = now;
    this.#capacity = capacity;
    this.#pairs = new Counters(MOST.pair, capacity);
    this.#addresses = new Counters(MOST.address, capacity);
    this.#accounts = new Counters(MOST.account, capacity);
    this.#around = new Counters(Infinity, capacity);
  }

  get size(): number {
    return (
      this.#pairs.size + this.#addresses.size + this.#accounts.size + this.#around.size + this.#known.size
    );
  }

  /** An attempt, or how many milliseconds to wait before one. */
  begin(account: string, address: string): Attempt | { readonly retryAfterMs: number } {
    const now = this.#now();
    const from = networkOf(address);
    const pair = digestOf(`${from}|${account}`);
    const network = digestOf(from);
    const surroundings = surroundingsOf(from);
    const isKnown = this.#known.has(pair);
    const asked: readonly (readonly [Counters, string])[] = [
      [this.#pairs, pair],
      [this.#addresses, network],
      [this.#accounts, digestOf(account)],
      [this.#around, surroundings],
    ];
    const waits = asked.map(([counters, key]) =>
      counters === this.#accounts && isKnown ? 0 : counters.wait(key, now),
    );
    const retryAfterMs = Math.max(...waits);
    if (retryAfterMs > 0) return { retryAfterMs };
    const attempts = Math.max(
      this.#addresses.of(network, now),
      Math.floor(this.#around.of(surroundings, now) / AROUND),
    );
    const counted = asked.map(([counters, key]) => ({ counters, key, counter: counters.count(key, now) }));
    const untried = () => {
      for (const { counters, key, counter } of counted) counters.takeBack(key, counter, 1);
    };
    return {
      isKnown,
      attempts,
      untried,
      succeeded: () => {
        for (const { counters, key, counter } of counted)
          counters.takeBack(key, counter, counters === this.#pairs ? counter.count : 1);
        this.#remember(pair);
      },
    };
  }

  #remember(pair: string): void {
    this.#known.delete(pair);
    this.#known.add(pair);
    if (this.#known.size > this.#capacity) this.#known.delete(this.#known.values().next().value ?? '');
  }
}

/** Failures of one kind; where there are too many to keep, those that end first make room. */
class Counters {
  readonly #counters = new Map<string, Counter>();

  constructor(
    private readonly most: number,
    private readonly capacity: number,
  ) {}

  get size(): number {
    return this.#counters.size;
  }

  of(key: string, now: number): number {
    const counter = this.#counters.get(key);
    return counter === undefined || counter.endsAt <= now ? 0 : counter.count;
  }

  /** Milliseconds until there may be another; 0 when there may be one now. */
  wait(key: string, now: number): number {
    const counter = this.#counters.get(key);
    return counter === undefined || counter.count < this.most ? 0 : Math.max(0, counter.endsAt - now);
  }

  count(key: string, now: number): Counter {
    let counter = this.#counters.get(key);
    if (counter === undefined || counter.endsAt <= now) {
      this.#counters.delete(key);
      counter = { count: 0, endsAt: now + WINDOW_MS };
      this.#counters.set(key, counter);
      if (this.#counters.size > this.capacity)
        this.#counters.delete(this.#counters.keys().next().value ?? '');
    }
    counter.count += 1;
    return counter;
  }

  takeBack(key: string, counter: Counter, times: number): void {
    counter.count -= times;
    if (counter.count <= 0 && this.#counters.get(key) === counter) this.#counters.delete(key);
  }
}

/** Names are of the caller's choosing and length. */
function digestOf(name: string): string {
  return createHash('sha256').update(name).digest('base64');
}

/** The /16 of an IPv4 network, the /32 of an IPv6 one: what one provider gives out. */
function surroundingsOf(network: string): string {
  return network
    .split(/[.:]/)
    .slice(0, 2)
    .join(network.includes(':') ? ':' : '.');
}

/** Whoever has one IPv6 address has its /64. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(Math.max(0, missing)).fill('0'), ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':');
}
