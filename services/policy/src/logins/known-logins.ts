import { LOGIN_CACHE_MS, LOGIN_DECIDE_TIMEOUT_MS, type Login } from '@portcullis/contracts';

export interface KnownLoginsOptions {
  /** Asks the api service; null when no login has this digest. */
  readonly ask: (digest: string) => Promise<Login | null>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Less than a gateway waits for the decision, so that it is told what went wrong. */
const PATIENCE_MS = LOGIN_DECIDE_TIMEOUT_MS - 500;
const CAPACITY = 10_000;
/** Questions at a time: a flood of made-up cookies must not become one of requests. */
const MOST_ASKED = 64;

/** Whose login cookies these are, for at most 30 s at a time; nothing once a login has ended. */
export class KnownLogins {
  readonly #known = new Map<string, { readonly login: Login | null; readonly until: number }>();
  readonly #asking = new Map<string, Promise<void>>();
  /** Logins that ended lately, should an answer from before arrive after. */
  readonly #ended = new Map<string, number>();
  /** Logins that went on elsewhere lately, and when by the count of such. */
  readonly #moved = new Map<string, number>();
  #moves = 0;
  readonly #now: () => number;

  constructor(private readonly options: KnownLoginsOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** Null: nobody's. Undefined: not known, `load` it first. */
  get(digest: string): Login | null | undefined {
    const known = this.#known.get(digest);
    return known && known.until > this.#now() ? known.login : undefined;
  }

  /**
   * Rejects when the api service cannot be asked, or is slow to answer. The question then goes on: the first one after a
   * start takes longest, and whoever tries again is answered by it.
   */
  load(digest: string): Promise<void> {
    let asking = this.#asking.get(digest);
    if (!asking) {
      if (this.#asking.size >= MOST_ASKED)
        return Promise.reject(new Error('too many logins are being asked for'));
      asking = this.#ask(digest).finally(() => this.#asking.delete(digest));
      this.#asking.set(digest, asking);
    }
    return patiently(asking);
  }

  ended(sessionId: string): void {
    bounded(this.#ended, sessionId, this.#now());
    this.#forget(sessionId);
  }

  /** It goes on in another organization: an answer from before counts no more. */
  moved(sessionId: string): void {
    bounded(this.#moved, sessionId, (this.#moves += 1));
    this.#forget(sessionId);
  }

  #forget(sessionId: string): void {
    for (const [digest, { login }] of this.#known)
      if (login?.sessionId === sessionId) this.#known.delete(digest);
  }

  async #ask(digest: string): Promise<void> {
    const until = this.#now() + LOGIN_CACHE_MS;
    const moves = this.#moves;
    const login = await this.options.ask(digest);
    if (login !== null && (this.#moved.get(login.sessionId) ?? 0) > moves) return this.#ask(digest);
    const over = login !== null && this.#ended.has(login.sessionId);
    bounded(this.#known, digest, { login: over ? null : login, until });
  }
}

function patiently(asking: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the login is not looked up yet')), PATIENCE_MS);
    asking.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function bounded<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > CAPACITY) map.delete(map.keys().next().value ?? '');
}
