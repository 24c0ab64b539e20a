import {
  policyEventSchemas,
  type PolicyDocument,
  type PolicyEventData,
  type PolicyEventType,
} from '@portcullis/contracts';
import type { RecordedEvent } from '@portcullis/eventing';
import { describe, expect, it } from 'vitest';
import { PolicyState } from '../state/policy-state.js';
import { Directory } from './directory.js';

const document = (name: string): PolicyDocument => ({ version: 1, name, engine: 'native', rules: [] });
const settings = {
  slug: 'github',
  name: 'GitHub',
  upstreamUrl: 'https://x.example/',
  authType: 'none',
  authHeaderName: null,
  identity: { mode: 'none' },
  errorProfile: 'auto',
} as const;

/** One of each event, in an order in which each means something. */
const samples: { readonly [T in PolicyEventType]: PolicyEventData<T> } = {
  OrganizationCreated: { name: 'Acme', defaultAction: 'deny' },
  OrganizationRenamed: { before: 'Acme', after: 'Acme Inc' },
  OrganizationDefaultChanged: { before: 'deny', after: 'alert' },
  MemberAdded: { memberId: 'm1', email: 'ana@example.com', name: 'Ana', role: 'owner' },
  MemberRoleChanged: { memberId: 'm1', before: 'owner', after: 'admin' },
  ApiKeyCreated: {
    keyId: 'k1',
    label: 'CI',
    agent: null,
    prefix: 'ig_AbCd',
    scopes: ['mcp'],
    connections: null,
    boundUser: null,
    ownerId: 'm1',
    expiresAt: null,
    secretId: 's1',
  },
  ConnectionCreated: { connectionId: 'c1', ...settings, secretId: null },
  ConnectionChanged: { connectionId: 'c1', before: { name: 'GitHub' }, after: { name: 'Hub' } },
  ConnectionCredentialRotated: { connectionId: 'c1', secretId: 's2' },
  ConnectionDisabled: { connectionId: 'c1', slug: 'github' },
  ConnectionEnabled: { connectionId: 'c1', slug: 'github' },
  PolicyCreated: { policyId: 'p1', name: 'First', connectionId: 'c1', order: 0 },
  PolicyPublished: {
    policyId: 'p1',
    version: 1,
    document: document('Renamed'),
    note: null,
    rolledBackFrom: null,
  },
  PolicyDeactivated: { policyId: 'p1' },
  PolicyActivated: { policyId: 'p1' },
  PolicyOrderChanged: { policyId: 'p1', before: 0, after: 4 },
  KillSwitchEngaged: {
    killSwitchId: 'x1',
    scope: 'organization',
    target: null,
    mode: 'stop',
    reason: 'drill',
  },
  KillSwitchReleased: { killSwitchId: 'x1', scope: 'organization', target: null },
  DetectionChanged: {
    connectionId: null,
    before: null,
    after: { rateMultiplier: 5, rateMinCalls: null, off: ['first_use'] },
  },
  AgentSessionSuspended: { sessionId: 'a1', connectionId: 'c1', keyId: 'k1', reason: 'odd' },
  AgentSessionResumed: { sessionId: 'a1', connectionId: 'c1', keyId: 'k1' },
  AgentSessionCompleted: {
    sessionId: 'a1',
    connectionId: 'c1',
    keyId: 'k1',
    generation: 0,
    lastSeenAt: '2026-01-01T00:00:00.000Z',
  },
  ApiKeyRevoked: { keyId: 'k1', label: 'CI' },
  PolicyDeleted: { policyId: 'p1', name: 'Renamed' },
  ConnectionDeleted: { connectionId: 'c1', slug: 'github' },
  MemberRemoved: { memberId: 'm1', email: 'ana@example.com' },
};

const events = Object.entries(samples).map(([type, data], index): RecordedEvent => ({
  id: `event-${index}`,
  type,
  version: 1,
  tenantId: 't1',
  stream: 's',
  position: 1,
  occurredAt: '2026-01-01T00:00:00.000Z',
  actor: { type: 'user', id: 'ana', name: 'Ana' },
  correlationId: 'c',
  causationId: null,
  traceparent: null,
  data: policyEventSchemas[type as PolicyEventType].parse(data),
  globalPosition: index + 1,
}));

/** What both must agree on, or administration would show something else than what is decided by. */
function shown(directory: Directory) {
  const organization = directory.organization('t1');
  return {
    name: organization?.organization?.name,
    defaultAction: organization?.organization?.defaultAction,
    members: [...(organization?.members.values() ?? [])].map(({ id, email, role }) => ({ id, email, role })),
    keys: [...(organization?.apiKeys.values() ?? [])].map(({ id, revokedAt }) => ({
      id,
      revoked: revokedAt !== null,
    })),
    connections: [...(organization?.connections.values() ?? [])].map(({ id, slug, name, enabled }) => ({
      id,
      slug,
      name,
      enabled,
    })),
    policies: [...(organization?.policies.values() ?? [])].map(({ id, name, version, active, order }) => ({
      id,
      name,
      version,
      active,
      order,
    })),
    killSwitches: [...(organization?.killSwitches.values() ?? [])]
      .filter(({ releasedAt }) => releasedAt === null)
      .map(({ id, scope }) => ({ id, scope })),
  };
}

function decidedBy(state: PolicyState): ReturnType<typeof shown> {
  const organization = state.organizations.get('t1');
  return {
    name: organization?.name,
    defaultAction: organization?.defaultAction,
    members: [...(organization?.members.values() ?? [])].map(({ id, email, role }) => ({ id, email, role })),
    keys: [...(organization?.keys.values() ?? [])].map(({ id, revoked }) => ({ id, revoked })),
    connections: [...(organization?.connections.values() ?? [])].map(({ id, slug, name, enabled }) => ({
      id,
      slug,
      name,
      enabled,
    })),
    policies: [...(organization?.policies.values() ?? [])].map(({ id, name, version, active, order }) => ({
      id,
      name,
      version,
      active,
      order,
    })),
    killSwitches: [...(organization?.killSwitches.values() ?? [])].map(({ id, scope }) => ({ id, scope })),
  };
}

describe('directory', () => {
  it('shows after every event what is decided by', () => {
    expect(Object.keys(samples).sort()).toEqual(Object.keys(policyEventSchemas).sort());
    const directory = new Directory();
    const state = new PolicyState();
    for (const event of events) {
      directory.apply([event]);
      state.apply(event);
      expect(shown(directory), event.type).toEqual(decidedBy(state));
    }
  });

  it('takes each event once, and types it does not know as nothing', () => {
    const directory = new Directory();
    directory.apply(events.slice(0, 4));
    directory.apply([
      ...events.slice(0, 4),
      { ...(events[0] as RecordedEvent), type: 'OrganizationMerged', globalPosition: 99 },
    ]);
    expect(directory.position).toBe(99);
    expect(directory.organization('t1')?.members.size).toBe(1);
  });

  it('knows no organization that was not created', () => {
    const directory = new Directory();
    directory.apply(events.slice(3, 4));
    expect(directory.organization('t1')).toBeUndefined();
  });
});
