import { describe, expect, it } from 'vitest';
import {
  PolicyHistory,
  TENANT,
  allowAll,
  digestOf,
  documentOf,
  fakeHasher,
} from '../../test/policy-history.js';
import { PolicyState, secretIdsOf } from './policy-state.js';

function given(history: PolicyHistory): PolicyState {
  const state = new PolicyState();
  for (const event of history.events) state.apply(event, history.secrets);
  return state;
}

/** What the last event of a history means for open streams. */
function lastChange(history: PolicyHistory) {
  const state = new PolicyState();
  return history.events.map((event) => state.apply(event, history.secrets)).at(-1);
}

const base = () => new PolicyHistory().organization().key('key-1').connection('main');

describe('policy state', () => {
  it('finds a key by its keyed hash, with what events said of it', () => {
    const history = base().key('key-2', {
      connections: ['con-main'],
      boundUser: 'ana',
      expiresAt: '2026-01-02T00:00:00Z',
      scopes: ['audit:read'],
    });
    const key = given(history).keysByHash.get(fakeHasher.hash(digestOf('ig_key-2')));
    expect(key).toMatchObject({
      id: 'key-2',
      boundUser: 'ana',
      mayCall: false,
      revoked: false,
      expiresAt: Date.parse('2026-01-02T00:00:00Z'),
    });
    expect([...(key?.connections ?? [])]).toEqual(['con-main']);
  });

  it('keeps a revoked key known, so that its use can be told from a wrong one', () => {
    const state = given(base().add('ApiKeyRevoked', { keyId: 'key-1', label: '' }));
    expect(state.keysByHash.get(fakeHasher.hash(digestOf('ig_key-1')))?.revoked).toBe(true);
  });

  it('takes a time it cannot read for one that has passed', () => {
    const state = given(base().key('key-2', { expiresAt: 'tomorrow' }));
    expect(state.organization(TENANT).keys.get('key-2')?.expiresAt).toBe(0);
  });

  it('knows no key whose secret is missing', () => {
    const history = base();
    history.secrets.clear();
    expect(given(history).keysByHash.size).toBe(0);
  });

  it('frees the slug of a deleted connection and forgets its policies', () => {
    const history = base()
      .policy('p', 'con-main', [allowAll])
      .add('ConnectionDeleted', { connectionId: 'con-main', slug: 'main' })
      .connection('main', { connectionId: 'con-again' });
    const organization = given(history).organization(TENANT);
    expect(organization.slugs.get('main')?.id).toBe('con-again');
    expect(organization.policies.size).toBe(0);
  });

  it('moves a connection to its new slug', () => {
    const history = base().add('ConnectionChanged', {
      connectionId: 'con-main',
      before: { slug: 'main' },
      after: { slug: 'other', name: 'Other' },
    });
    const { slugs } = given(history).organization(TENANT);
    expect([...slugs.keys()]).toEqual(['other']);
    expect(slugs.get('other')).toMatchObject({ name: 'Other', upstreamUrl: 'https://main.example/mcp' });
  });

  it('gives a connection a new revision whenever a gateway must be told something new', () => {
    const history = base();
    const revision = () => given(history).connection(TENANT, 'con-main').revision;
    expect(revision()).toBe(3);
    history
      .add('ConnectionDisabled', { connectionId: 'con-main', slug: 'main' })
      .add('ConnectionEnabled', { connectionId: 'con-main', slug: 'main' });
    expect(revision()).toBe(3);
    history.add('ConnectionCredentialRotated', { connectionId: 'con-main', secretId: null });
    expect(revision()).toBe(6);
    history.add('ConnectionChanged', { connectionId: 'con-main', before: {}, after: { name: 'x' } });
    expect(revision()).toBe(7);
  });

  it('opens the next generation when a session is completed, but not while an operator holds it', () => {
    const completed = (sessionId: string, generation: number) =>
      ({ sessionId, connectionId: 'con-main', keyId: 'key-1', generation, lastSeenAt: '' }) as const;
    const history = base().add('AgentSessionCompleted', completed('s0', 0));
    expect(given(history).generation('con-main', 'key-1')).toBe(1);
    // The same end, recorded twice.
    history.add('AgentSessionCompleted', completed('s0', 0));
    expect(given(history).generation('con-main', 'key-1')).toBe(1);
    history
      .add('AgentSessionSuspended', {
        sessionId: 's1',
        connectionId: 'con-main',
        keyId: 'key-1',
        reason: 'r',
      })
      .add('AgentSessionCompleted', completed('s1', 1));
    expect(given(history).generation('con-main', 'key-1')).toBe(1);
    history
      .add('AgentSessionResumed', { sessionId: 's1', connectionId: 'con-main', keyId: 'key-1' })
      .add('KillSwitchEngaged', {
        killSwitchId: 'k',
        scope: 'session',
        target: 's1',
        mode: 'stop',
        reason: 'r',
      })
      .add('AgentSessionCompleted', completed('s1', 1));
    expect(given(history).generation('con-main', 'key-1')).toBe(1);
  });

  it('counts events it does not know and goes on', () => {
    const history = base();
    const state = given(history);
    const [first] = history.events;
    const event = { ...first!, type: 'SomethingNew', globalPosition: 4 };
    expect(state.apply(event)).toEqual([]);
    expect(state.apply({ ...event, type: 'constructor', globalPosition: 5 })).toEqual([]);
    expect(state.unknownEvents).toBe(2);
    expect(state.position).toBe(5);
  });

  it('refuses events out of order', () => {
    const history = base();
    const state = given(history);
    expect(() => state.apply(history.events[1]!, history.secrets)).toThrow('came after');
  });

  it('stays where it is when an event does not fit', () => {
    const history = base();
    const state = given(history);
    history.add('ConnectionEnabled', { connectionId: 'con-unknown', slug: 'x' });
    expect(() => state.apply(history.events.at(-1)!)).toThrow('No connection');
    expect(state.position).toBe(3);
  });

  it('tells each key that expires once', () => {
    const state = given(
      base()
        .key('soon', { expiresAt: '2026-01-01T00:00:10Z' })
        .key('later', { expiresAt: '2026-01-02T00:00:00Z' })
        .key('gone', { expiresAt: '2026-01-01T00:00:10Z' })
        .add('ApiKeyRevoked', { keyId: 'gone', label: '' }),
    );
    const at = Date.parse('2026-01-01T00:00:10Z');
    expect(state.takeExpired(at - 1)).toEqual([]);
    expect(state.takeExpired(at).map(({ id }) => id)).toEqual(['soon']);
    expect(state.takeExpired(at)).toEqual([]);
  });

  it('names the secrets that events need', () => {
    const history = base().connection('two', { secretId: 'cred-2' });
    expect(secretIdsOf(history.events)).toEqual(['secret-key-1', 'cred-2']);
  });
});

describe('what an event means for open streams', () => {
  const tenantId = TENANT;
  it.each([
    [
      'a revoked key',
      base().add('ApiKeyRevoked', { keyId: 'key-1', label: '' }),
      { cause: 'key_revoked', reach: { tenantId, keyId: 'key-1' } },
    ],
    [
      'a removed member',
      base()
        .add('MemberAdded', { memberId: 'm', email: 'ana@example.com', name: 'Ana', role: 'developer' })
        .add('MemberRemoved', { memberId: 'm', email: 'ana@example.com' }),
      { cause: 'key_revoked', reach: { tenantId, keyId: 'm' } },
    ],
    [
      'a member whose role no longer calls tools',
      base()
        .add('MemberAdded', { memberId: 'm', email: 'ana@example.com', name: 'Ana', role: 'developer' })
        .add('MemberRoleChanged', { memberId: 'm', before: 'developer', after: 'auditor' }),
      { cause: 'key_revoked', reach: { tenantId, keyId: 'm' } },
    ],
    [
      'a disabled connection',
      base().add('ConnectionDisabled', { connectionId: 'con-main', slug: 'main' }),
      { cause: 'connection_disabled', reach: { tenantId, connectionId: 'con-main' } },
    ],
    [
      'a deleted connection',
      base().add('ConnectionDeleted', { connectionId: 'con-main', slug: 'main' }),
      { cause: 'connection_disabled', reach: { tenantId, connectionId: 'con-main' } },
    ],
    [
      'a suspended session',
      base().add('AgentSessionSuspended', {
        sessionId: 's',
        connectionId: 'con-main',
        keyId: 'key-1',
        reason: 'odd',
      }),
      { cause: 'session_suspended', mode: 'stop', reason: 'odd', reach: { tenantId, agentSession: 's' } },
    ],
    [
      'a kill switch on the organization',
      base().add('KillSwitchEngaged', {
        killSwitchId: 'k',
        scope: 'organization',
        target: null,
        mode: 'abort',
        reason: 'fire',
      }),
      { cause: 'kill_switch', mode: 'abort', reason: 'fire', reach: { tenantId } },
    ],
    [
      'a kill switch on a connection',
      base().add('KillSwitchEngaged', {
        killSwitchId: 'k',
        scope: 'connection',
        target: 'con-main',
        mode: 'stop',
        reason: 'r',
      }),
      { reach: { tenantId, connectionId: 'con-main' } },
    ],
    [
      'a kill switch on an agent',
      base().add('KillSwitchEngaged', {
        killSwitchId: 'k',
        scope: 'agent',
        target: 'key-1',
        mode: 'stop',
        reason: 'r',
      }),
      { reach: { tenantId, keyId: 'key-1' } },
    ],
    [
      'a kill switch on a session',
      base().add('KillSwitchEngaged', {
        killSwitchId: 'k',
        scope: 'session',
        target: 's',
        mode: 'stop',
        reason: 'r',
      }),
      { reach: { tenantId, agentSession: 's' } },
    ],
  ])('%s stops what it reaches', (_, history, expected) => {
    expect(lastChange(history)).toMatchObject([
      { type: 'stopped', position: history.events.length, ...expected },
    ]);
  });

  it.each([
    ['a published policy of the organization', base().policy('p', null, [allowAll]), { tenantId }],
    [
      'a published policy of a connection',
      base().policy('p', 'con-main', [allowAll]),
      { tenantId, connectionId: 'con-main' },
    ],
    [
      'an activated policy',
      base().policy('p', null, []).add('PolicyActivated', { policyId: 'p' }),
      { tenantId },
    ],
    [
      'a deactivated policy',
      base().policy('p', null, []).add('PolicyDeactivated', { policyId: 'p' }),
      { tenantId },
    ],
    [
      'a moved policy',
      base().policy('p', null, []).add('PolicyOrderChanged', { policyId: 'p', before: 0, after: 1 }),
      { tenantId },
    ],
    [
      'a deleted policy',
      base().policy('p', 'con-main', []).add('PolicyDeleted', { policyId: 'p', name: 'p' }),
      { tenantId, connectionId: 'con-main' },
    ],
    [
      'a changed connection',
      base().add('ConnectionChanged', { connectionId: 'con-main', before: {}, after: {} }),
      { tenantId, connectionId: 'con-main' },
    ],
    [
      'a new default',
      base().add('OrganizationDefaultChanged', { before: 'deny', after: 'alert' }),
      { tenantId },
    ],
  ])('%s is published', (_, history, reach) => {
    expect(lastChange(history)).toEqual([{ type: 'published', reach, position: history.events.length }]);
  });

  it('says nothing of what nobody can see', () => {
    expect(lastChange(base().key('key-2'))).toEqual([]);
    expect(
      lastChange(base().add('PolicyCreated', { policyId: 'p', name: 'p', connectionId: null, order: 0 })),
    ).toEqual([]);
    // A policy that went with its connection.
    const history = base()
      .policy('p', 'con-main', [])
      .add('ConnectionDeleted', { connectionId: 'con-main', slug: 'main' });
    history.add('PolicyPublished', {
      policyId: 'p',
      version: 2,
      document: documentOf('p', []),
      note: null,
      rolledBackFrom: null,
    });
    expect(lastChange(history)).toEqual([]);
  });
});
