import { describe, expect, it } from 'vitest';
import { MatchBudget, SharedMatchTime } from './match-budget.js';

/** Filters that cost so much each, asked in turn about `events` within one window; how often each answered. */
function answered(costs: readonly number[], events: number, windows = 1) {
  let now = 0;
  const time = new SharedMatchTime(() => now);
  const budgets = costs.map(() => new MatchBudget(time));
  let counts = costs.map(() => 0);
  let spent = 0;
  for (let window = 0; window < windows; window += 1) {
    now = window * 100_000;
    counts = costs.map(() => 0);
    spent = 0;
    for (let event = 0; event < events; event += 1) {
      for (const [n, budget] of budgets.entries()) {
        const answer = budget.ask(() => ((now += costs[n]!), (spent += costs[n]!), true));
        if (answer === true) counts[n]! += 1;
      }
    }
  }
  return { counts, spent };
}

describe('the time of filters', () => {
  it('is 5 ms in a tenth of a second for one of them', () => {
    expect(answered([0.5], 100)).toEqual({ counts: [10], spent: 5 });
  });

  it.each([100, 1_000, 5_000])('is bounded over all of %i that cost much', (count) => {
    const { spent } = answered(Array<number>(count).fill(0.5), 20, 2);
    expect(spent).toBeLessThanOrEqual(41);
    expect(spent).toBeGreaterThanOrEqual(25);
  });

  it('leaves a cheap one its part though others use up what is there for all', () => {
    const costs = [...Array<number>(20).fill(2), 0.01];
    const { counts } = answered(costs, 20, 2);
    expect(counts.at(-1)).toBe(20);
    expect(counts[0]).toBeLessThan(20);
  });

  it('begins anew with the next tenth of a second', () => {
    let now = 0;
    const budget = new MatchBudget(new SharedMatchTime(() => now));
    const cost = (ms: number) => () => ((now += ms), true);
    expect(budget.ask(cost(6))).toBe(true);
    expect(budget.ask(cost(6))).toBeUndefined();
    now = 100;
    expect(budget.ask(cost(6))).toBe(true);
  });
});
