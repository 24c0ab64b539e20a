import type { Scope } from '@portcullis/contracts';

/** `admin` includes every other scope but `mcp`; `<area>:write` includes `<area>:read`. */
export function hasScope(held: readonly string[], wanted: string): boolean {
  if (held.includes(wanted)) return true;
  if (wanted !== 'mcp' && held.includes('admin')) return true;
  return wanted.endsWith(':read') && held.includes(wanted.replace(/:read$/, ':write'));
}

/** Whoever may make keys may make agents' keys, though it is no agent itself; anything else it must hold. */
export function mayGrant(held: readonly string[], wanted: Scope): boolean {
  return hasScope(held, wanted) || (wanted === 'mcp' && hasScope(held, 'keys:write'));
}
