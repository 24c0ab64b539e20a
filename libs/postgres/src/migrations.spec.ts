import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MigrationRefused, pendingOf } from './migrations.js';

const step = (name: string, sql = `-- ${name}`, series = 'things') => ({ series, name, sql });
const done = (name: string, sql = `-- ${name}`, series = 'things') => ({
  series,
  name,
  checksum: createHash('sha256').update(sql).digest('hex'),
});

describe('migrations still to apply', () => {
  it('are those not applied yet, in order', () => {
    expect(
      pendingOf([step('0001_a'), step('0002_b'), step('0003_c')], [done('0001_a')]).map(({ name }) => name),
    ).toEqual(['0002_b', '0003_c']);
  });

  it('are none when all are applied', () => {
    expect(pendingOf([step('0001_a')], [done('0001_a')])).toEqual([]);
  });

  it('are counted for each series alone', () => {
    const pending = pendingOf(
      [step('0001_a', 'x', 'store'), step('0001_a'), step('0002_b')],
      [done('0002_z', 'x', 'other'), done('0001_a')],
    );
    expect(pending.map(({ series, name }) => `${series}/${name}`)).toEqual(['store/0001_a', 'things/0002_b']);
  });

  it('leave what a newer release has added at the end', () => {
    expect(pendingOf([step('0001_a')], [done('0001_a'), done('0002_newer')])).toEqual([]);
  });

  it('do not take other line endings for an edit', () => {
    expect(
      pendingOf([step('0001_a', 'select 1;\r\nselect 2;\r\n')], [done('0001_a', 'select 1;\nselect 2;')]),
    ).toEqual([]);
  });

  it.each([
    ['an applied one was edited', [step('0001_a', 'other')], [done('0001_a')], 'changed after'],
    ['an applied one is gone', [step('0002_b')], [done('0001_a'), done('0002_b')], 'no longer exists'],
    [
      'one was added before an applied one',
      [step('0001_a'), step('0002_b')],
      [done('0002_b')],
      'added before',
    ],
  ])('are refused when %s', (_, migrations, applied, message) => {
    expect(() => pendingOf(migrations, applied)).toThrow(MigrationRefused);
    expect(() => pendingOf(migrations, applied)).toThrow(message);
  });
});
