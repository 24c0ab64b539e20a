import { expect, it } from 'vitest';
import { nextAddress } from './next-address.js';

it.each([
  ['/lens?q=decision:deny&from=now-1h', '/lens?q=decision:deny&from=now-1h'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in?next=/sign-in', '/'],
  [undefined, '/'],
  [{}, '/'],
])('%j leads to %s', (next, address) => {
  expect(nextAddress(next)).toBe(address);
});
