import { afterEach, describe, expect, it, vi } from 'vitest';
import { PasswordTurns, type TurnTaker } from './password-turns.js';

const stranger = (attempts = 0): TurnTaker => ({ isKnown: false, attempts });
const KNOWN: TurnTaker = { isKnown: true, attempts: 0 };

/** Turns that end when the test says so, in the order in which they began. */
class Ledger {
  readonly turns = new PasswordTurns();
  readonly began: string[] = [];
  readonly refused: string[] = [];
  readonly #ends: (() => void)[] = [];
  most = 0;

  ask(name: string, taker: TurnTaker): void {
    this.turns
      .use(taker, () => {
        this.began.push(name);
        return new Promise<void>((resolve) => {
          this.#ends.push(resolve);
          this.most = Math.max(this.most, this.#ends.length);
        });
      })
      .catch((error: { code?: string }) => this.refused.push(`${name} ${error.code}`));
  }

  /** Ends the oldest of those under way, until none is. */
  async finish(): Promise<void> {
    await settled();
    while (this.#ends.length > 0) {
      this.#ends.shift()?.();
      await settled();
    }
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => void vi.useRealTimers());

describe('turns at a password', () => {
  it('are two at a time, and all come', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 20; n += 1) ledger.ask(`${n}`, stranger());
    await ledger.finish();
    expect(ledger.began).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
    expect(ledger.most).toBe(2);
    expect(ledger.turns.waiting).toBe(0);
  });

  it('go on after one that failed', async () => {
    const turns = new PasswordTurns();
    const failed = Array.from({ length: 10 }, () =>
      turns.use(stranger(), () => Promise.reject(new Error('no'))).catch(() => 'failed'),
    );
    expect(new Set(await Promise.all(failed))).toEqual(new Set(['failed']));
    expect(await turns.use(stranger(), () => Promise.resolve('here'))).toBe('here');
  });

  it('come first to those whose network has tried least, however many another one asks for', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 30; n += 1) ledger.ask(`flood${n}`, stranger(n));
    ledger.ask('ana', stranger());
    ledger.ask('bo', stranger());
    await ledger.finish();
    expect(ledger.began.slice(0, 5)).toEqual(['flood0', 'flood1', 'ana', 'bo', 'flood2']);
  });

  it('are refused to who comes of the network that tried most when too many wait', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 70; n += 1) ledger.ask(`flood${n}`, stranger(n));
    await settled();
    expect(ledger.refused).toHaveLength(4);
    ledger.ask('ana', stranger());
    await settled();
    expect(ledger.refused.at(-1)).toBe('flood65 auth.busy');
    expect(ledger.turns.waiting).toBe(64);
    await ledger.finish();
    expect(ledger.began).toContain('ana');
    expect(ledger.began).toHaveLength(66);
  });

  it('come to an honest visitor though many addresses guess, once each of them has', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 66; n += 1) ledger.ask(`address${n}`, stranger(1));
    ledger.ask('address66', stranger(1));
    ledger.ask('ana', stranger());
    await settled();
    expect(ledger.refused).toEqual(['address66 auth.busy', 'address65 auth.busy']);
    await ledger.finish();
    expect(ledger.began.slice(0, 4)).toEqual(['address0', 'address1', 'ana', 'address2']);
  });

  it('come to those who are known though every place is taken by a stranger of its own', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 66; n += 1) ledger.ask(`flood${n}`, stranger());
    ledger.ask('a stranger', stranger());
    ledger.ask('ana', KNOWN);
    await settled();
    expect(ledger.refused).toEqual(['a stranger auth.busy']);
    await ledger.finish();
    expect(ledger.began.slice(0, 4)).toEqual(['flood0', 'flood1', 'ana', 'flood2']);
  });

  it('of those who are known are bounded too', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 100; n += 1) ledger.ask(`${n}`, KNOWN);
    await settled();
    expect(ledger.turns.waiting).toBe(64);
    expect(ledger.refused).toHaveLength(34);
    await ledger.finish();
  });

  it('are not waited for longer than a person would, and who is refused is told when to come again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const ledger = new Ledger();
    for (let n = 0; n < 3; n += 1) ledger.ask(`${n}`, stranger());
    const refused = ledger.turns.use(stranger(), () => Promise.resolve()).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await refused).toMatchObject({ code: 'auth.busy', status: 503, retryAfterSeconds: 5 });
    expect(ledger.refused).toEqual(['2 auth.busy']);
    expect(ledger.turns.waiting).toBe(0);
    await ledger.finish();
    expect(ledger.began).toEqual(['0', '1']);
  });
});
