import { createHash, createHmac } from 'node:crypto';

/** What the cookie is called: `__Secure-` in front when the deployment is behind https, so that plain pages cannot set it. */
export const COOKIE_PREFIX = 'igris';
const NAME = `${COOKIE_PREFIX}.session_token`;
const SECURE_NAME = `__Secure-${NAME}`;
/** A token of 32 characters, a dot and 32 bytes in base64; with room to grow. */
const LONGEST = 256;

export function cookieName(secure: boolean): string {
  return secure ? SECURE_NAME : NAME;
}

/**
 * Digest of the login cookie in a Cookie header: what a login is found by. Undefined without one; a cookie that occurs
 * twice is somebody else's doing, and counts as none of ours ('').
 */
export function cookieDigestOf(header: string | undefined, secure: boolean): string | undefined {
  const name = cookieName(secure);
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  if (found.length === 0) return undefined;
  const value = found.length === 1 ? decoded(found[0] ?? '') : undefined;
  return value === undefined || value === '' || value.length > LONGEST ? '' : digest(value);
}

/** The digest of the cookie that a session's token is sent in. */
export function digestOfToken(token: string, secret: string): string {
  return digest(`${token}.${createHmac('sha256', secret).update(token).digest('base64')}`);
}

function digest(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
