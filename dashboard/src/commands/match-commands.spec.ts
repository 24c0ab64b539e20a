import { expect, it } from 'vitest';
import { matchCommands } from './match-commands.js';

const commands = ['Go to Lens', 'Go to Live', 'Create a connection', 'Suspend a session'].map(
  (title, index) => ({
    id: title,
    title,
    ...(index === 3 ? { hint: 'kill switch' } : {}),
    run: () => undefined,
  }),
);
const titles = (text: string) => matchCommands(commands, text).map(({ title }) => title);

it('wants every word, in any order', () => {
  expect(titles('lens go')).toEqual(['Go to Lens']);
  expect(titles('nothing')).toEqual([]);
});

it('ranks a beginning before a middle', () => {
  expect(titles('s')[0]).toBe('Suspend a session');
  expect(titles('con')).toEqual(['Create a connection']);
});

it('finds what only the hint says', () => {
  expect(titles('kill')).toEqual(['Suspend a session']);
});

it('offers everything, in its order, to nothing typed', () => {
  expect(titles('')).toEqual(commands.map(({ title }) => title));
});
