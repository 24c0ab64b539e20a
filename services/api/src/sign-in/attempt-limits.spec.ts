import { describe, expect, it } from 'vitest';
import { AttemptLimits, networkOf } from './attempt-limits.js';

const refused = (attempt: object) => 'retryAfterMs' in attempt;

describe('attempts at passwords', () => {
  it('end after ten failures at one account from one address, until the window ends, and for nobody else', () => {
    let now = 0;
    const limits = new AttemptLimits({ now: () => now });
    const results = Array.from({ length: 11 }, () => refused(limits.begin('ana', '10.0.0.1')));
    expect(results).toEqual([...Array<boolean>(10).fill(false), true]);
    expect(refused(limits.begin('ana', '10.0.0.2'))).toBe(false);
    now = 15 * 60_000;
    expect(refused(limits.begin('ana', '10.0.0.1'))).toBe(false);
  });

  it('do not count when they succeed', () => {
    const limits = new AttemptLimits({ now: () => 0 });
    for (let n = 0; n < 200; n += 1) {
      const attempt = limits.begin('ana', '10.0.0.1');
      if (!('succeeded' in attempt)) throw new Error(`refused at ${n}`);
      attempt.succeeded();
    }
  });

  it('take no more memory than their share in a flood, and stop an address that tries many accounts', () => {
    const limits = new AttemptLimits({ now: () => 0, capacity: 1_000 });
    const results = Array.from({ length: 20_000 }, (_, n) =>
      refused(limits.begin(`account${n}`, `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)),
    );
    expect(results.filter(Boolean)).toEqual([]);
    expect(limits.size).toBe(3_001);
    const sprayed = Array.from({ length: 51 }, (_, n) => refused(limits.begin(`other${n}`, '10.9.9.9')));
    expect(sprayed.filter(Boolean)).toHaveLength(1);
  });

  it('are not forgotten for what was refused since', () => {
    const limits = new AttemptLimits({ now: () => 0, capacity: 100 });
    for (let n = 0; n < 50; n += 1) limits.begin(`account${n}`, '10.9.9.9');
    const { size } = limits;
    const more = Array.from({ length: 1_000 }, (_, n) => refused(limits.begin(`more${n}`, '10.9.9.9')));
    expect(more).not.toContain(false);
    expect(limits.size).toBe(size);
  });

  it("go on from where the account was signed in to before, when strangers have used up the account's", () => {
    const limits = new AttemptLimits({ now: () => 0 });
    const attempt = limits.begin('ana', '10.0.0.1');
    if (!('succeeded' in attempt)) throw new Error('refused');
    expect(attempt.isKnown).toBe(false);
    attempt.succeeded();
    for (let n = 0; n < 100; n += 1) limits.begin('ana', `10.1.0.${n}`);
    expect(refused(limits.begin('ana', '10.2.0.1'))).toBe(true);
    const results = Array.from({ length: 11 }, () => limits.begin('ana', '10.0.0.1'));
    expect(results.map(refused)).toEqual([...Array<boolean>(10).fill(false), true]);
    expect(results[0]).toMatchObject({ isKnown: true });
    expect(refused(limits.begin('bo', '10.0.0.1'))).toBe(false);
  });

  it('say how many there were from the network, however it is written and whatever account it was', () => {
    let now = 0;
    const limits = new AttemptLimits({ now: () => now });
    for (let n = 0; n < 3; n += 1)
      expect(limits.begin(`account${n}`, `2001:db8::${n}`)).toMatchObject({ attempts: n });
    expect(limits.begin('ana', '10.0.0.1')).toMatchObject({ attempts: 0 });
    now = 15 * 60_000;
    expect(limits.begin('ana', '2001:db8::1')).toMatchObject({ attempts: 0 });
  });

  it.each([
    ['10.1.', '10.1.255.255', '10.2.0.1'],
    ['2001:db8:', '2001:db8:ffff::1', '2001:db9::1'],
  ])(
    'from %s many addresses count against one more of them a little, and against no other',
    (near, same, other) => {
      const limits = new AttemptLimits({ now: () => 0 });
      for (let n = 0; n < 160; n += 1)
        limits.begin(`account${n}`, near.includes(':') ? `${near}${n.toString(16)}::1` : `${near}0.${n}`);
      expect(limits.begin('ana', same)).toMatchObject({ attempts: 10 });
      expect(limits.begin('ana', other)).toMatchObject({ attempts: 0 });
    },
  );

  it('do not count when the password was not looked at', () => {
    const limits = new AttemptLimits({ now: () => 0 });
    for (let n = 0; n < 200; n += 1) {
      const attempt = limits.begin('ana', '10.0.0.1');
      if (!('untried' in attempt)) throw new Error(`refused at ${n}`);
      attempt.untried();
    }
    expect(limits.size).toBe(0);
    expect(limits.begin('ana', '10.0.0.1')).toMatchObject({ isKnown: false });
  });

  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
  ])('the network of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
