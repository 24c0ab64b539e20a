import { expect, it } from 'vitest';
import { expiryOf, keyState } from './key-state.js';

const now = new Date('2026-11-27T12:00:00Z');
const day = (days: number) => new Date(now.getTime() + days * 86_400_000).toISOString();

it.each([
  [{ revokedAt: null, expiresAt: null }, 'active'],
  [{ revokedAt: null, expiresAt: day(30) }, 'active'],
  [{ revokedAt: null, expiresAt: day(6) }, 'expires soon'],
  [{ revokedAt: null, expiresAt: day(-1) }, 'expired'],
  [{ revokedAt: null, expiresAt: day(0) }, 'expired'],
  [{ revokedAt: day(-1), expiresAt: day(30) }, 'revoked'],
])('%j is %s', (key, word) => {
  expect(keyState(key, now).word).toBe(word);
});

it('counts a lifetime from now', () => {
  expect(expiryOf('30', now)).toBe(day(30));
  expect(expiryOf('never', now)).toBeNull();
});
