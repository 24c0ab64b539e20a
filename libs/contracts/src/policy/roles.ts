import { SCOPES, type Role, type Scope } from './views.js';

/**
 * What a member may do, in the scopes API keys have: the one table from roles to rights (docs/access.md). Only an owner
 * makes, changes or removes owners; that is a rule of the members' stream, not a scope.
 */
export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  owner: ['admin', 'mcp'],
  admin: ['admin', 'mcp'],
  developer: [
    'mcp',
    'organization:read',
    'keys:read',
    'connections:write',
    'policies:read',
    'sessions:read',
    'kill-switches:read',
    'audit:read',
    'events:read',
    'system:read',
    'alerts:read',
    'notifications:read',
  ],
  ciso: [
    'organization:read',
    'members:read',
    'keys:read',
    'connections:read',
    'policies:read',
    'sessions:read',
    'kill-switches:read',
    'audit:read',
    'events:read',
    'system:read',
    'alerts:write',
    'notifications:read',
  ],
  auditor: [
    'organization:read',
    'keys:read',
    'connections:read',
    'policies:read',
    'sessions:read',
    'kill-switches:read',
    'audit:read',
    'events:read',
    'system:read',
    'alerts:read',
    'notifications:read',
  ],
};

/** `admin` includes every scope but `mcp`; `<area>:write` includes `<area>:read`. */
export function hasScope(held: readonly string[], wanted: string): boolean {
  if (held.includes(wanted)) return true;
  if (wanted !== 'mcp' && held.includes('admin')) return true;
  return wanted.endsWith(':read') && held.includes(wanted.replace(/:read$/, ':write'));
}

/** Every scope that what is held includes, in the order of `SCOPES`. */
export function effectiveScopes(held: readonly string[]): Scope[] {
  return SCOPES.filter((scope) => hasScope(held, scope));
}

/** Whoever may make keys may hand on `mcp`, though it is no agent itself; anything else it must hold. */
export function mayGrant(held: readonly string[], wanted: Scope): boolean {
  return hasScope(held, wanted) || (wanted === 'mcp' && hasScope(held, 'keys:write'));
}
