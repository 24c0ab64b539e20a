import { describe, expect, it } from 'vitest';
import { call } from '../../../test/calls.js';
import { multiplierOf, readMultiplier } from './rate-multiplier.js';

describe('a multiplier', () => {
  it.each([
    ['acme/prod-db=5', ['acme/prod-db', 5]],
    ['01a21d5f-33fd-7414-bbae-661a053f037b/github=1.5', ['01a21d5f-33fd-7414-bbae-661a053f037b/github', 1.5]],
    ['*/github=2', ['*/github', 2]],
    ['acme/*=4', ['acme/*', 4]],
  ])('is read from %s', (text, expected) => {
    expect(readMultiplier(text)).toEqual(expected);
  });

  it.each([
    '',
    'github=3',
    '*/*=3',
    'acme/github',
    'acme/github=',
    'acme/github=0',
    'acme/github=1',
    'acme/github=1001',
    'acme/github=-3',
    'acme/Git Hub=3',
    'a/b/c=3',
    'acme/github=NaN',
  ])('is not read from %j', (text) => expect(readMultiplier(text)).toBeUndefined());

  it('is that of the connection before that of its slug before that of the organization', () => {
    const known = new Map([
      ['acme/github', 5],
      ['*/github', 2],
      ['acme/*', 4],
    ]);
    const of = (tenantId: string, slug: string | null) =>
      multiplierOf(known, call(0, { tenantId, connection: slug === null ? null : { id: 'c', slug } }));
    expect(of('acme', 'github')).toBe(5);
    expect(of('other', 'github')).toBe(2);
    expect(of('acme', 'prod-db')).toBe(4);
    expect(of('acme', null)).toBe(4);
    expect(of('other', 'prod-db')).toBeUndefined();
  });
});
