import { expect, it } from 'vitest';
import { shortId } from './short-id-text.js';

it.each([
  ['everything', 'everything'],
  ['019a2b3c-4d5e-7f60-8abc-0123456789ab', '…456789ab'],
  ['key_019a2b3c4d5e7f608abc0123456789ab', 'key_…456789ab'],
])('%s is %s', (id, short) => {
  expect(shortId(id)).toBe(short);
});
