import { describe, expect, it } from 'vitest';
import { PasswordTurns, type TurnTaker } from './password-turns.js';

const stranger = (from: string): TurnTaker => ({ from, isKnown: false });
const known = (from: string): TurnTaker => ({ from, isKnown: true });

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

describe('turns at a password', () => {
  it('are two at a time, and all come', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 20; n += 1) ledger.ask(`${n}`, stranger('10.0.0.1'));
    await ledger.finish();
    expect(ledger.began).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
    expect(ledger.most).toBe(2);
    expect(ledger.turns.waiting).toBe(0);
  });

  it('go on after one that failed', async () => {
    const turns = new PasswordTurns();
    const failed = Array.from({ length: 10 }, () =>
      turns.use(stranger('10.0.0.1'), () => Promise.reject(new Error('no'))).catch(() => 'failed'),
    );
    expect(new Set(await Promise.all(failed))).toEqual(new Set(['failed']));
    expect(await turns.use(stranger('10.0.0.1'), () => Promise.resolve('here'))).toBe('here');
  });

  it('alternate between networks, however many one of them asks for', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 30; n += 1) ledger.ask(`flood${n}`, stranger('10.0.0.1'));
    ledger.ask('ana', stranger('10.0.0.2'));
    ledger.ask('bo', stranger('10.0.0.3'));
    await ledger.finish();
    expect(ledger.began.slice(0, 5)).toEqual(['flood0', 'flood1', 'flood2', 'ana', 'bo']);
  });

  it('are refused to the network with the most when too many wait', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 70; n += 1) ledger.ask(`flood${n}`, stranger('10.0.0.1'));
    await settled();
    expect(ledger.refused).toHaveLength(4);
    ledger.ask('ana', stranger('10.0.0.2'));
    await settled();
    expect(ledger.refused.at(-1)).toBe('flood65 auth.busy');
    expect(ledger.turns.waiting).toBe(64);
    await ledger.finish();
    expect(ledger.began).toContain('ana');
    expect(ledger.began).toHaveLength(66);
  });

  it('come to those who are known though every place is taken by a stranger of its own', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 66; n += 1) ledger.ask(`flood${n}`, stranger(`10.0.0.${n}`));
    ledger.ask('a stranger', stranger('10.1.0.1'));
    ledger.ask('ana', known('10.2.0.1'));
    await settled();
    expect(ledger.refused).toEqual(['a stranger auth.busy']);
    await ledger.finish();
    expect(ledger.began.slice(0, 4)).toEqual(['flood0', 'flood1', 'ana', 'flood2']);
  });

  it('of those who are known are bounded too', async () => {
    const ledger = new Ledger();
    for (let n = 0; n < 100; n += 1) ledger.ask(`${n}`, known('10.0.0.1'));
    await settled();
    expect(ledger.turns.waiting).toBe(64);
    expect(ledger.refused).toHaveLength(34);
    await ledger.finish();
  });
});
