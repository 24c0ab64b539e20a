import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Refusal } from './refusal.js';
import { readHead } from './request-head.js';

const read = (headers: IncomingHttpHeaders) =>
  readHead({ headers } as IncomingMessage, 'shop', '127.0.0.1', 'ig_trace_1');
const credential = (headers: IncomingHttpHeaders) => {
  const head = read(headers);
  return head instanceof Refusal ? head.reason : [head.credential, head.digest];
};
const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const key = `ig_${'k'.repeat(40)}`;
const origin = 'https://portcullis.example.com';

describe('the credential of a request', () => {
  it('is the API key, whatever cookies come along', () => {
    expect(credential({ authorization: `Bearer ${key}`, cookie: 'igris.session_token=abc' })).toEqual([
      'api_key',
      digest(key),
    ]);
  });

  it('is the login cookie of a page that says which one it is, the secure one first', () => {
    expect(credential({ origin, cookie: 'theme=dark; igris.session_token=abc' })).toEqual([
      'cookie',
      digest('abc'),
    ]);
    expect(
      credential({ origin, cookie: 'igris.session_token=abc; __Secure-igris.session_token=a%2Fb' }),
    ).toEqual(['cookie', digest('a/b')]);
  });

  it.each([
    [{}, 'auth.required'],
    [{ authorization: '' }, 'auth.required'],
    [{ authorization: `Basic ${key}` }, 'auth.invalid'],
    [{ authorization: 'Bearer ig_short' }, 'auth.invalid'],
    [{ authorization: 'Bearer ig_short', origin, cookie: 'igris.session_token=abc' }, 'auth.invalid'],
    [{ cookie: 'igris.session_token=abc' }, 'origin.forbidden'],
    [{ origin, cookie: 'session_token=abc' }, 'auth.required'],
    [{ origin, cookie: 'igris.session_token=' }, 'auth.invalid'],
    [{ origin, cookie: 'igris.session_token=a; igris.session_token=b' }, 'auth.invalid'],
    [{ origin, cookie: 'igris.session_token=%E0%A4%A' }, 'auth.invalid'],
    [{ origin, cookie: `igris.session_token=${'x'.repeat(10_000)}` }, 'auth.invalid'],
  ])('of %j is refused as %s', (headers, reason) => {
    expect(credential(headers)).toBe(reason);
  });
});
