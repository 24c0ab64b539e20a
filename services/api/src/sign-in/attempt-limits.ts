import { createHash } from 'node:crypto';

export interface AttemptLimitsOptions {
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** Counters kept at a time; the oldest make room. */
  readonly capacity?: number;
}

const WINDOW_MS = 15 * 60_000;
/** Failures within the window after which nobody is let try: one account from one address, one address, one account. */
const MOST = { pair: 10, address: 50, account: 100 } as const;
const CAPACITY = 30_000;

interface Counter {
  count: number;
  /** When the counter begins anew. */
  endsAt: number;
}

export interface Attempt {
  /** The password was right: the attempt does not count. */
  succeeded(): void;
}

/**
 * Counts failed attempts at passwords, by address and by account, in memory of bounded size. An attempt counts from its
 * start, so that many at once are no way round. An account is limited by whoever asks from where first, so that a stranger cannot
 * lock its owner out from another address; only very many strangers together can. Unknown accounts count like known ones.
 */
export class AttemptLimits {
  readonly #counters = new Map<string, Counter>();
  readonly #now: () => number;
  readonly #capacity: number;

  constructor({ now = () => performance.now(), capacity = CAPACITY }: AttemptLimitsOptions = {}) {
    this.#now = now;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#counters.size;
  }

  /** An attempt, or how many milliseconds to wait before one. */
  begin(account: string, address: string): Attempt | { readonly retryAfterMs: number } {
    const now = this.#now();
    const from = networkOf(address);
    const counters = [
      { counter: this.#counter(`pair|${from}|${account}`, now), most: MOST.pair },
      { counter: this.#counter(`address|${from}`, now), most: MOST.address },
      { counter: this.#counter(`account|${account}`, now), most: MOST.account },
    ];
    const over = counters.filter(({ counter, most }) => counter.count >= most);
    if (over.length > 0)
      return { retryAfterMs: Math.max(...over.map(({ counter }) => counter.endsAt - now)) };
    for (const { counter } of counters) counter.count += 1;
    return {
      succeeded: () => {
        const [pair, ...shared] = counters;
        if (pair) pair.counter.count = 0;
        for (const { counter } of shared) counter.count = Math.max(0, counter.count - 1);
      },
    };
  }

  #counter(name: string, now: number): Counter {
    // Names are of the caller's choosing and length.
    const key = createHash('sha256').update(name).digest('base64');
    let counter = this.#counters.get(key);
    if (counter && counter.endsAt > now) return counter;
    this.#counters.delete(key);
    counter = { count: 0, endsAt: now + WINDOW_MS };
    this.#counters.set(key, counter);
    if (this.#counters.size > this.#capacity) this.#counters.delete(this.#counters.keys().next().value ?? '');
    return counter;
  }
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
