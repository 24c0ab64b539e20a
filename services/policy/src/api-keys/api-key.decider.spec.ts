import type { PolicyEventData, Scope } from '@portcullis/contracts';
import { deciderSpec } from '@portcullis/eventing/spec';
import { describe, expect, it } from 'vitest';
import { apiKeyDecider, type ApiKeyCommand, type Grantor } from './api-key.decider.js';
import { hasScope, mayGrant } from './scopes.js';

const { given } = deciderSpec(apiKeyDecider);
const data: PolicyEventData<'ApiKeyCreated'> = {
  keyId: 'key-1',
  secretId: 'secret-1',
  prefix: 'ig_AbCd',
  label: 'CI',
  agent: 'builder',
  scopes: ['mcp'],
  connections: null,
  boundUser: null,
  ownerId: 'ana',
  expiresAt: null,
};
const create = (over: Partial<Extract<ApiKeyCommand, { type: 'CreateApiKey' }>> = {}): ApiKeyCommand => ({
  type: 'CreateApiKey',
  ...data,
  now: '2026-01-01T00:00:00.000Z',
  grantor: { scopes: ['admin'], connections: null },
  ...over,
});
const created = { type: 'ApiKeyCreated', data } as const;
const grantor = (scopes: string[], connections: string[] | null = null): Grantor => ({ scopes, connections });

describe('API key', () => {
  it('is created', () => {
    given().when(create()).then(created);
  });

  it('names each scope and connection once', () => {
    given()
      .when(create({ scopes: ['mcp', 'mcp'], connections: ['c1', 'c1', 'c2'] }))
      .then({ ...created, data: { ...data, connections: ['c1', 'c2'] } });
  });

  it.each<[Scope, string[]]>([
    ['admin', ['keys:write', 'policies:write']],
    ['policies:write', ['keys:write', 'policies:read']],
    ['audit:read', ['keys:write']],
    ['mcp', ['keys:read']],
    ['mcp', []],
  ])('cannot carry %s when its creator holds %s', (scope, held) => {
    given()
      .when(create({ scopes: [scope], grantor: grantor(held) }))
      .thenRejected('api_key.scope_not_held');
  });

  it.each<[Scope, string[]]>([
    ['mcp', ['keys:write']],
    ['policies:read', ['policies:write', 'keys:write']],
    ['audit:read', ['admin']],
  ])('may carry %s when its creator holds %s', (scope, held) => {
    given()
      .when(create({ scopes: [scope], grantor: grantor(held) }))
      .then({ ...created, data: { ...data, scopes: [scope] } });
  });

  it.each([
    ['every connection', null],
    ['another connection', ['c1', 'c9']],
  ])('cannot reach %s when its creator is limited', (_, connections) => {
    given()
      .when(create({ connections, grantor: grantor(['admin'], ['c1', 'c2']) }))
      .thenRejected('api_key.connection_not_held');
  });

  it('may reach part of what its creator reaches', () => {
    given()
      .when(create({ connections: ['c1'], grantor: grantor(['admin'], ['c1', 'c2']) }))
      .then({ ...created, data: { ...data, connections: ['c1'] } });
  });

  it('may carry anything when the deployment makes it', () => {
    given()
      .when(create({ scopes: ['admin'], grantor: null }))
      .then({ ...created, data: { ...data, scopes: ['admin'] } });
  });

  it('cannot be made expired', () => {
    given()
      .when(create({ expiresAt: '2026-01-01T00:00:00.000Z' }))
      .thenRejected('api_key.expired');
    // The same moment written in another zone.
    given()
      .when(create({ expiresAt: '2026-01-01T01:00:00+01:00' }))
      .thenRejected('api_key.expired');
  });

  it('is created once', () => {
    given(created).when(create()).thenRejected('api_key.exists');
  });

  it('is revoked', () => {
    given(created)
      .when({ type: 'RevokeApiKey', keyId: 'key-1' })
      .then({ type: 'ApiKeyRevoked', data: { keyId: 'key-1', label: 'CI' } });
  });

  it('stays revoked', () => {
    given(created, { type: 'ApiKeyRevoked', data: { keyId: 'key-1', label: 'CI' } })
      .when({ type: 'RevokeApiKey', keyId: 'key-1' })
      .thenNothing();
  });

  it('must be known', () => {
    given().when({ type: 'RevokeApiKey', keyId: 'key-1' }).thenRejected('api_key.not_found');
  });
});

describe('scopes', () => {
  it.each([
    [['admin'], 'policies:write', true],
    [['admin'], 'mcp', false],
    [['policies:write'], 'policies:read', true],
    [['policies:read'], 'policies:write', false],
    [['policies:write'], 'sessions:read', false],
    [[], 'system:read', false],
  ])('%s include %s: %s', (held, wanted, included) => {
    expect(hasScope(held, wanted)).toBe(included);
  });

  it("let whoever makes keys make an agent's", () => {
    expect(mayGrant(['admin'], 'mcp')).toBe(true);
    expect(mayGrant(['connections:write'], 'mcp')).toBe(false);
  });
});
