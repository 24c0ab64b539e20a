/** Where to go after signing in: an address of this dashboard, never another site's. */
export function nextAddress(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || next.length > 8_192) return '/';
  // `//host` and `/\host` are other sites to a browser; control characters are dropped by it before it looks.
  if (/^\/[/\\]/.test(next) || /\p{Cc}/u.test(next) || next.startsWith('/sign-in')) return '/';
  return next;
}
