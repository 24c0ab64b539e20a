import { expect, it } from 'vitest';
import { stepStates } from './first-steps.js';

it.each([
  [
    [false, false, false],
    ['now', 'later', 'later'],
  ],
  [
    [true, false, false],
    ['done', 'now', 'later'],
  ],
  [
    [true, true, false],
    ['done', 'done', 'now'],
  ],
  [
    [false, true, false],
    ['now', 'done', 'later'],
  ],
  [
    [true, false, true],
    ['done', 'done', 'done'],
  ],
] as const)('%j makes %j', (done, states) => {
  expect(stepStates(done)).toEqual(states);
});
