import { describe, expect, it } from 'vitest';
import { effectiveScopes, hasScope, mayGrant, ROLE_SCOPES } from './roles.js';
import { ROLES, SCOPES } from './views.js';

const of = (role: (typeof ROLES)[number]) => effectiveScopes(ROLE_SCOPES[role]);
const writes = (role: (typeof ROLES)[number]) => of(role).filter((scope) => !scope.endsWith(':read'));

describe('roles', () => {
  it('owners and administrators hold every scope', () => {
    expect(of('owner')).toEqual([...SCOPES]);
    expect(of('admin')).toEqual([...SCOPES]);
  });

  it('others write what is theirs alone', () => {
    expect(writes('developer')).toEqual(['mcp', 'connections:write']);
    expect(writes('ciso')).toEqual(['alerts:write']);
    expect(writes('auditor')).toEqual([]);
  });

  it('members are seen by those who manage or answer for them', () => {
    expect(ROLES.filter((role) => hasScope(ROLE_SCOPES[role], 'members:read'))).toEqual([
      'owner',
      'admin',
      'ciso',
    ]);
  });

  it.each(SCOPES.filter((scope) => scope.endsWith(':read') && scope !== 'members:read'))(
    'everybody has %s',
    (scope) => {
      expect(ROLES.filter((role) => hasScope(ROLE_SCOPES[role], scope))).toEqual([...ROLES]);
    },
  );

  it('what may make keys may make agents, and nothing else hands on what it lacks', () => {
    expect(mayGrant(['keys:write'], 'mcp')).toBe(true);
    expect(mayGrant(['members:write'], 'mcp')).toBe(false);
    expect(mayGrant(['members:write'], 'admin')).toBe(false);
    expect(mayGrant(['connections:write'], 'connections:read')).toBe(true);
  });
});
