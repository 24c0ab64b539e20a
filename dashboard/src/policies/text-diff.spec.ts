import { expect, it } from 'vitest';
import { textDiff } from './text-diff.js';

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

it('shows what changed with a little around it', () => {
  const before = lines(20);
  const after = before.with(10, 'changed');
  const diff = textDiff(`${before.join('\n')}\n`, `${after.join('\n')}\n`);
  expect(diff.map(({ kind }) => kind)).toEqual([
    'skipped',
    'same',
    'same',
    'same',
    'removed',
    'added',
    'same',
    'same',
    'same',
    'skipped',
  ]);
  expect(diff.find(({ kind }) => kind === 'added')?.text).toBe('changed');
});

it('has only a gap for what is the same', () => {
  expect(textDiff('a\nb\n', 'a\nb\n')).toEqual([{ kind: 'skipped', text: '' }]);
});
