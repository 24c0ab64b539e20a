import { expect, it } from 'vitest';
import { usageOf } from './tool-usage.js';

it('adds up the agents of a tool', () => {
  const usage = usageOf([
    { tool: 'echo', agent: 'ci', 'count()': 5, 'uniq(user)': 2 },
    { tool: 'echo', agent: 'ide', 'count()': 1, 'uniq(user)': 4 },
    { tool: 'sum', agent: '', 'count()': 7, 'uniq(user)': 0 },
  ]);
  expect(usage.get('echo')).toEqual({ calls: 6, agents: ['ci', 'ide'], users: 4 });
  expect(usage.get('sum')).toEqual({ calls: 7, agents: [], users: 0 });
});
