import { describe, expect, it } from 'vitest';
import { durationText, sessionsSearch } from './sessions-search.js';

describe('the address of the sessions page', () => {
  it('is read as far as it makes sense', () => {
    expect(sessionsSearch({})).toEqual({ status: 'active' });
    expect(sessionsSearch({ status: 'suspended', session: 's1' })).toEqual({
      status: 'suspended',
      session: 's1',
    });
    expect(sessionsSearch({ status: 'dead', session: 7 })).toEqual({ status: 'active' });
  });
});

describe('a duration', () => {
  it.each([
    [-5, '0 s'],
    [47_600, '48 s'],
    [5 * 60_000, '5 min'],
    [125 * 60_000, '2 h 5 min'],
    [75 * 3_600_000, '3 d 3 h'],
  ])('of %i ms is %s', (ms, text) => expect(durationText(ms)).toBe(text));
});
