import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { movesTo, type Placed } from './policy-order.js';

/** What the service does: by order, at a tie the earlier one first. */
const sorted = (list: readonly Placed[]) =>
  [...list].sort((a, b) => a.order - b.order || a.id.localeCompare(b.id));
const listOf = (orders: readonly number[]) =>
  sorted(orders.map((order, index) => ({ id: String(index).padStart(3, '0'), order })));

describe('movesTo', () => {
  it('uses a gap when there is one', () => {
    expect(movesTo(listOf([0, 5, 9]), 2, 1)).toEqual([{ id: '002', order: 1 }]);
    expect(movesTo(listOf([3, 5]), 1, 0)).toEqual([{ id: '001', order: 0 }]);
    expect(movesTo(listOf([0, 1, 2]), 0, 2)).toEqual([{ id: '000', order: 3 }]);
  });

  it('makes room from the end', () => {
    expect(movesTo(listOf([0, 1, 2, 9]), 3, 0)).toEqual([
      { id: '002', order: 3 },
      { id: '001', order: 2 },
      { id: '000', order: 1 },
      { id: '003', order: 0 },
    ]);
  });

  it('has nothing to do for the same place or none', () => {
    expect(movesTo(listOf([0, 1]), 1, 1)).toEqual([]);
    expect(movesTo([], 0, 1)).toEqual([]);
  });

  it('brings every policy to every place, and lets no two others change places on the way', () => {
    const cases = fc.array(fc.nat(12), { minLength: 1, maxLength: 9 }).chain((orders) =>
      fc.record({
        orders: fc.constant(orders),
        from: fc.nat(orders.length - 1),
        to: fc.nat(orders.length - 1),
      }),
    );
    fc.assert(
      fc.property(cases, ({ orders, from, to }) => {
        let list = listOf(orders);
        const wanted = list.map(({ id }) => id);
        const [moved = ''] = wanted.splice(from, 1);
        const others = [...wanted];
        wanted.splice(to, 0, moved);
        for (const move of movesTo(list, from, to)) {
          list = sorted(
            list.map((policy) => (policy.id === move.id ? { ...policy, order: move.order } : policy)),
          );
          expect(list.map(({ id }) => id).filter((id) => id !== moved)).toEqual(others);
        }
        expect(list.map(({ id }) => id)).toEqual(wanted);
      }),
    );
  });
});
