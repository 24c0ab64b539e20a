import { SLUG_PATTERN } from '@portcullis/contracts';
import { expect, it } from 'vitest';
import { slugOf } from './slug-of.js';

it.each([
  ['Production database', 'production-database'],
  ['Übersetzung (EU)', 'ubersetzung-eu'],
  ['  __GitHub__ ', 'github'],
  ['!!!', ''],
  ['x'.repeat(90), 'x'.repeat(64)],
])('%j suggests %j', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
  if (slug.length >= 3) expect(slug).toMatch(SLUG_PATTERN);
});
