import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { cookieDigestOf } from '../sign-in/session-cookie.js';

/** What a request shows who it is from. A key wins over a cookie: it was given on purpose. */
export type ShownCredential =
  | { readonly type: 'none' }
  /** Hex SHA-256 of the key; null when what was given cannot be one. */
  | { readonly type: 'api_key'; readonly digest: string | null }
  /** Hex SHA-256 of the cookie; '' when what was given cannot be one. */
  | { readonly type: 'cookie'; readonly digest: string };

const KEY_PATTERN = /^ig_[0-9A-Za-z]{40}$/;

export function shownCredential(
  { authorization, cookie }: IncomingHttpHeaders,
  secureCookies: boolean,
): ShownCredential {
  if (authorization !== undefined) {
    const token = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
    return token === undefined ? { type: 'none' } : keyCredential(token);
  }
  const digest = cookieDigestOf(cookie, secureCookies);
  return digest === undefined ? { type: 'none' } : { type: 'cookie', digest };
}

export function keyCredential(token: string): ShownCredential {
  return {
    type: 'api_key',
    digest: KEY_PATTERN.test(token) ? createHash('sha256').update(token).digest('hex') : null,
  };
}
