import { IconKey } from '@tabler/icons-react';
import { expect, it } from 'vitest';
import type { Feature, RailEntry } from '../app/feature.js';
import { railGroups } from './rail-groups.js';

const entry = (
  label: string,
  group: RailEntry['group'],
  order: number,
  scope?: RailEntry['scope'],
): Feature => ({
  rail: [{ label, group, order, to: `/${label}`, icon: IconKey, ...(scope ? { scope } : {}) }],
});
const features = [
  entry('keys', 'Settings', 10, 'keys:read'),
  entry('policies', 'Govern', 20),
  entry('connections', 'Govern', 10),
  { commands: [] },
];
const labels = (may: boolean) =>
  railGroups(features, () => may).map(({ name, entries }) => [name, ...entries.map(({ label }) => label)]);

it('puts entries in order and drops what a person may not see, group and all', () => {
  expect(labels(true)).toEqual([
    ['Govern', 'connections', 'policies'],
    ['Settings', 'keys'],
  ]);
  expect(labels(false)).toEqual([['Govern', 'connections', 'policies']]);
});
