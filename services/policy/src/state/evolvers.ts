import { ROLE_SCOPES, type PolicyEventData, type PolicyEventType, type Role } from '@portcullis/contracts';
import type { RecordedEvent } from '@portcullis/eventing';
import type { Connection, KillSwitch, Organization, StateChange } from './organization.js';
import type { PolicyState } from './policy-state.js';
import { dropAllRules, dropRules } from './rule-sets.js';
import type { LoadedSecret } from './secret-store.js';
import { isSessionStopped } from './stops.js';

type Secrets = ReadonlyMap<string, LoadedSecret>;
interface Occurrence<T extends PolicyEventType> {
  readonly data: PolicyEventData<T>;
  readonly tenantId: string;
  readonly position: number;
  readonly secrets: Secrets;
}
type Evolve<T extends PolicyEventType> = (state: PolicyState, event: Occurrence<T>) => StateChange[] | void;

/** One entry for each event type the catalogue knows; the compiler holds the list complete. */
const table: { readonly [T in PolicyEventType]: Evolve<T> } = {
  OrganizationCreated: (state, { tenantId, data }) => {
    state.organizations.set(tenantId, emptyOrganization(tenantId, data.name, data.defaultAction));
  },
  OrganizationRenamed: (state, { tenantId, data }) => {
    state.organization(tenantId).name = data.after;
  },
  OrganizationDefaultChanged: (state, { tenantId, data }) => {
    const organization = state.organization(tenantId);
    organization.defaultAction = data.after;
    dropAllRules(state.settling, organization);
    return [published(tenantId, null)];
  },

  MemberAdded: (state, { tenantId, data }) => {
    const { memberId, email, name, role } = data;
    state.organization(tenantId).members.set(memberId, { id: memberId, email, name, role });
  },
  MemberRoleChanged: (state, { tenantId, data }) => {
    const member = state.organization(tenantId).members.get(data.memberId);
    if (!member) return;
    const might = mayCall(member.role);
    member.role = data.after;
    if (!might || mayCall(data.after)) return;
    const reach = { tenantId, keyId: data.memberId };
    return [stopped('key_revoked', 'stop', "The member's role may not call tools.", reach)];
  },
  MemberRemoved: (state, { tenantId, data }) => {
    if (!state.organization(tenantId).members.delete(data.memberId)) return;
    return [
      stopped('key_revoked', 'stop', 'The member has been removed.', { tenantId, keyId: data.memberId }),
    ];
  },

  ApiKeyCreated: (state, { tenantId, data, secrets }) => {
    const organization = state.organization(tenantId);
    const key = {
      id: data.keyId,
      organization,
      label: data.label,
      agent: data.agent,
      scopes: data.scopes,
      mayCall: data.scopes.includes('mcp'),
      connections: data.connections === null ? null : new Set(data.connections),
      boundUser: data.boundUser,
      ownerId: data.ownerId,
      expiresAt: data.expiresAt === null ? Infinity : instant(data.expiresAt),
      revoked: false,
    };
    organization.keys.set(key.id, key);
    if (key.expiresAt !== Infinity) state.expiring.add(key);
    const secret = secrets.get(data.secretId);
    // Without its hash a key can never be presented: unknown, not open.
    if (secret?.kind === 'api_key') state.keysByHash.set(secret.hash, key);
  },
  ApiKeyRevoked: (state, { tenantId, data }) => {
    const key = state.organization(tenantId).keys.get(data.keyId);
    if (!key) return;
    key.revoked = true;
    state.expiring.delete(key);
    return [stopped('key_revoked', 'stop', 'The API key has been revoked.', { tenantId, keyId: data.keyId })];
  },

  ConnectionCreated: (state, { tenantId, data, position, secrets }) => {
    const organization = state.organization(tenantId);
    const { connectionId, slug, name, upstreamUrl, authType, authHeaderName, identity, errorProfile } = data;
    const connection: Connection = {
      id: connectionId,
      organization,
      slug,
      name,
      upstreamUrl,
      authType,
      authHeaderName,
      identity,
      errorProfile,
      credential: credential(secrets, data.secretId),
      enabled: true,
      revision: position,
      rules: null,
      replaced: null,
    };
    organization.connections.set(connection.id, connection);
    organization.slugs.set(slug, connection);
  },
  ConnectionChanged: (state, { tenantId, data, position }) => {
    const connection = state.connection(tenantId, data.connectionId);
    const { slugs } = connection.organization;
    const { slug } = data.after;
    if (slug !== undefined && slug !== connection.slug) {
      if (slugs.get(connection.slug) === connection) slugs.delete(connection.slug);
      slugs.set(slug, connection);
    }
    Object.assign(connection, pickSettings(data.after));
    connection.revision = position;
    return [published(tenantId, connection.id)];
  },
  ConnectionCredentialRotated: (state, { tenantId, data, position, secrets }) => {
    const connection = state.connection(tenantId, data.connectionId);
    connection.credential = credential(secrets, data.secretId);
    connection.revision = position;
    return [published(tenantId, connection.id)];
  },
  ConnectionEnabled: (state, { tenantId, data }) => {
    state.connection(tenantId, data.connectionId).enabled = true;
    return [published(tenantId, data.connectionId)];
  },
  ConnectionDisabled: (state, { tenantId, data }) => {
    state.connection(tenantId, data.connectionId).enabled = false;
    return [
      stopped('connection_disabled', 'stop', 'The connection has been disabled.', {
        tenantId,
        connectionId: data.connectionId,
      }),
    ];
  },
  ConnectionDeleted: (state, { tenantId, data }) => {
    const connection = state.connection(tenantId, data.connectionId);
    const { connections, slugs, policies } = connection.organization;
    connection.enabled = false;
    connection.credential = null;
    connections.delete(connection.id);
    if (slugs.get(connection.slug) === connection) slugs.delete(connection.slug);
    for (const policy of policies.values()) {
      if (policy.connectionId === connection.id) policies.delete(policy.id);
    }
    return [
      stopped('connection_disabled', 'stop', 'The connection has been deleted.', {
        tenantId,
        connectionId: data.connectionId,
      }),
    ];
  },

  PolicyCreated: (state, { tenantId, data, position }) => {
    const { policyId, name, connectionId, order } = data;
    state.organization(tenantId).policies.set(policyId, {
      id: policyId,
      name,
      connectionId,
      createdPosition: position,
      order,
      active: true,
      version: 0,
      document: null,
    });
  },
  PolicyPublished: (state, { tenantId, data }) =>
    changePolicy(state, tenantId, data.policyId, (policy) => {
      policy.name = data.document.name;
      policy.version = data.version;
      policy.document = data.document;
    }),
  PolicyActivated: (state, { tenantId, data }) =>
    changePolicy(state, tenantId, data.policyId, (policy) => {
      policy.active = true;
    }),
  PolicyDeactivated: (state, { tenantId, data }) =>
    changePolicy(state, tenantId, data.policyId, (policy) => {
      policy.active = false;
    }),
  PolicyOrderChanged: (state, { tenantId, data }) =>
    changePolicy(state, tenantId, data.policyId, (policy) => {
      policy.order = data.after;
    }),
  PolicyDeleted: (state, { tenantId, data }) =>
    changePolicy(state, tenantId, data.policyId, (policy, organization) => {
      organization.policies.delete(policy.id);
    }),

  KillSwitchEngaged: (state, { tenantId, data }) => {
    const { killSwitchId, scope, target, mode, reason } = data;
    state
      .organization(tenantId)
      .killSwitches.set(killSwitchId, { id: killSwitchId, scope, target, mode, reason });
    return [stopped('kill_switch', mode, reason, { tenantId, ...reachOf(scope, target) })];
  },
  KillSwitchReleased: (state, { tenantId, data }) => {
    state.organization(tenantId).killSwitches.delete(data.killSwitchId);
  },

  // Nothing a call is decided by.
  DetectionChanged: () => undefined,

  AgentSessionSuspended: (state, { tenantId, data }) => {
    const { sessionId, connectionId, keyId, reason } = data;
    state.organization(tenantId).suspended.set(sessionId, { connectionId, keyId, reason });
    return [stopped('session_suspended', 'stop', reason, { tenantId, agentSession: sessionId })];
  },
  AgentSessionResumed: (state, { tenantId, data }) => {
    state.organization(tenantId).suspended.delete(data.sessionId);
  },
  AgentSessionCompleted: (state, { tenantId, data }) => {
    const organization = state.organization(tenantId);
    // A new generation would be a new id: waiting must be no way out of a suspension.
    if (isSessionStopped(organization, data.sessionId)) return;
    const pair = `${data.connectionId}|${data.keyId}`;
    state.generations.set(pair, Math.max(state.generations.get(pair) ?? 0, data.generation + 1));
  },
};

/** The table by the shape events come in. Data was checked when it was stored; it is not checked again. */
export const evolvers = Object.fromEntries(
  Object.entries(table).map(([type, evolve]) => [
    type,
    (state: PolicyState, event: RecordedEvent, secrets: Secrets) =>
      (evolve as Evolve<PolicyEventType>)(state, {
        data: event.data as never,
        tenantId: event.tenantId,
        position: event.globalPosition,
        secrets,
      }),
  ]),
) as Record<
  PolicyEventType,
  (state: PolicyState, event: RecordedEvent, secrets: Secrets) => StateChange[] | void
>;

function emptyOrganization(id: string, name: string, defaultAction: 'deny' | 'alert'): Organization {
  return {
    id,
    name,
    defaultAction,
    members: new Map(),
    keys: new Map(),
    connections: new Map(),
    slugs: new Map(),
    policies: new Map(),
    killSwitches: new Map(),
    suspended: new Map(),
    rules: null,
    replaced: null,
  };
}

function changePolicy(
  state: PolicyState,
  tenantId: string,
  policyId: string,
  change: (
    policy: Organization['policies'] extends Map<string, infer P> ? P : never,
    organization: Organization,
  ) => void,
): StateChange[] {
  const organization = state.organization(tenantId);
  const policy = organization.policies.get(policyId);
  // A policy goes with its connection; what is said of it later changes nothing.
  if (!policy) return [];
  change(policy, organization);
  dropRules(state.settling, organization, policy.connectionId);
  return [published(tenantId, policy.connectionId)];
}

function pickSettings(after: PolicyEventData<'ConnectionChanged'>['after']): Partial<Connection> {
  return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== undefined));
}

function credential(secrets: Secrets, secretId: string | null): Connection['credential'] {
  const secret = secretId === null ? undefined : secrets.get(secretId);
  return secret?.kind === 'credential' ? secret : null;
}

function reachOf(
  scope: KillSwitch['scope'],
  target: string | null,
): Omit<Extract<StateChange, { type: 'stopped' }>['reach'], 'tenantId'> {
  if (target === null) return {};
  if (scope === 'session') return { agentSession: target };
  if (scope === 'connection') return { connectionId: target };
  return scope === 'agent' ? { keyId: target } : {};
}

function published(tenantId: string, connectionId: string | null): StateChange {
  return { type: 'published', reach: connectionId === null ? { tenantId } : { tenantId, connectionId } };
}

function stopped(
  cause: Extract<StateChange, { type: 'stopped' }>['cause'],
  mode: 'stop' | 'abort',
  reason: string,
  reach: Extract<StateChange, { type: 'stopped' }>['reach'],
): StateChange {
  return { type: 'stopped', reach, mode, reason, cause };
}

function instant(text: string): number {
  const milliseconds = Date.parse(text);
  // What cannot be read has expired: a key must not live for ever by a typing error.
  return Number.isNaN(milliseconds) ? 0 : milliseconds;
}

/** Whoever signed in with this role may call tools, and may have streams open at gateways. */
function mayCall(role: Role): boolean {
  return ROLE_SCOPES[role].includes('mcp');
}
