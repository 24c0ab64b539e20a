import { expect, it } from 'vitest';
import { simulationOf } from './simulation.js';

it('reads an answer and survives one it does not know', () => {
  expect(
    simulationOf({
      decision: 'deny',
      rule: 'r',
      considered: [
        { rule: 'q', result: 'target' },
        { rule: 'r', result: 'matched' },
      ],
    }),
  ).toEqual({
    decision: 'deny',
    rule: 'r',
    considered: [
      { rule: 'q', result: 'for something else' },
      { rule: 'r', result: 'matches' },
    ],
  });
  expect(simulationOf(null)).toEqual({ decision: 'none', rule: null, considered: [] });
  expect(
    simulationOf({ decision: 'allow', rule: null, considered: [{ rule: 'x', result: 'new' }] }).considered,
  ).toEqual([{ rule: 'x', result: 'new' }]);
});
