import { describe, expect, it } from 'vitest';
import { hasScope } from './caller.js';

describe('hasScope', () => {
  it.each([
    [['policies:read'], 'policies:read', true],
    [['policies:read'], 'policies:write', false],
    [['policies:write'], 'policies:read', true],
    [['connections:write'], 'policies:read', false],
    [['admin'], 'kill-switches:write', true],
    [['admin'], 'mcp', false],
    [['mcp'], 'mcp', true],
    [['mcp'], 'audit:read', false],
    [[], 'audit:read', false],
  ] as const)('%j for %s is %s', (scopes, wanted, expected) => {
    expect(hasScope(scopes, wanted)).toBe(expected);
  });
});
