import type {
  Actor,
  DetectionSettings,
  PolicyDomainEvent,
  PolicyEventData,
  PolicyEventType,
} from '@portcullis/contracts';
import type { RecordedEvent } from '@portcullis/eventing';
import type { KnownStream } from '../commands/command-context.js';
import { withoutSuperseded } from '../policies/policy.js';
import type {
  ApiKeyRecord,
  ConnectionRecord,
  KillSwitchRecord,
  MemberRecord,
  OrganizationRecord,
  PolicyRecord,
} from './records.js';

/** One organization as administration sees it. Also folded from a single stream, to answer a command. */
export class OrganizationDirectory {
  organization: OrganizationRecord | null = null;
  readonly members = new Map<string, MemberRecord>();
  readonly apiKeys = new Map<string, ApiKeyRecord>();
  readonly connections = new Map<string, ConnectionRecord>();
  readonly policies = new Map<string, PolicyRecord>();
  readonly killSwitches = new Map<string, KillSwitchRecord>();
  /** By connection id; the organization's at the empty string. */
  readonly detection = new Map<string, DetectionSettings>();
  readonly #policyStreams = new Map<string, KnownStream>();

  static of(events: readonly RecordedEvent[]): OrganizationDirectory {
    const directory = new OrganizationDirectory();
    for (const event of events) directory.apply(event);
    return directory;
  }

  apply(event: RecordedEvent): void {
    if (!Object.hasOwn(project, event.type)) return;
    const type = event.type as PolicyEventType;
    (project[type] as Project<PolicyEventType>)(this, event.data as PolicyEventData<PolicyEventType>, {
      at: event.occurredAt,
      by: nameOf(event.actor),
      tenantId: event.tenantId,
      position: event.globalPosition,
    });
    this.#remember(event);
  }

  /** What commands need of a policy's stream, so that they need not read every version there ever was. */
  policyStream(policyId: string): KnownStream | undefined {
    return this.#policyStreams.get(policyId);
  }

  #remember(event: RecordedEvent): void {
    const { policyId } = event.data as { policyId?: string };
    if (policyId === undefined) return;
    if (!this.policies.has(policyId)) {
      this.#policyStreams.delete(policyId);
      return;
    }
    const known = this.#policyStreams.get(policyId);
    // Only a stream seen from its start is known.
    if (event.position !== (known?.version ?? 0) + 1) return;
    this.#policyStreams.set(policyId, {
      events: withoutSuperseded([...(known?.events ?? []), event]),
      version: event.position,
    });
  }

  /** By id or slug. */
  connection(idOrSlug: string): ConnectionRecord | undefined {
    const byId = this.connections.get(idOrSlug);
    if (byId) return byId;
    for (const connection of this.connections.values()) if (connection.slug === idOrSlug) return connection;
    return undefined;
  }
}

export function nameOf(actor: Actor): string {
  return actor.name ?? actor.id;
}

interface Occurrence {
  readonly at: string;
  readonly by: string;
  readonly tenantId: string;
  readonly position: number;
}
type Project<T extends PolicyEventType> = (
  directory: OrganizationDirectory,
  data: PolicyEventData<T>,
  occurrence: Occurrence,
) => void;

function change<Value>(map: Map<string, Value>, id: string, over: Partial<Value>): void {
  const value = map.get(id);
  if (value) map.set(id, { ...value, ...over });
}

/** One entry for each event type the catalogue knows; the compiler holds the list complete. */
const project: { readonly [T in PolicyDomainEvent['type']]: Project<T> } = {
  OrganizationCreated: (directory, { name, defaultAction }, { tenantId, at }) => {
    directory.organization = { id: tenantId, name, defaultAction, createdAt: at };
  },
  OrganizationRenamed: (directory, { after }) => {
    if (directory.organization) directory.organization = { ...directory.organization, name: after };
  },
  OrganizationDefaultChanged: (directory, { after }) => {
    if (directory.organization) directory.organization = { ...directory.organization, defaultAction: after };
  },

  MemberAdded: (directory, { memberId, email, name, role }, { at, position }) => {
    directory.members.set(memberId, { id: memberId, email, name, role, joinedAt: at, position });
  },
  MemberRoleChanged: ({ members }, { memberId, after }) => change(members, memberId, { role: after }),
  MemberRemoved: ({ members }, { memberId }) => void members.delete(memberId),

  ApiKeyCreated: (directory, { keyId, secretId: _, ...data }, { at, position }) => {
    directory.apiKeys.set(keyId, { id: keyId, ...data, createdAt: at, revokedAt: null, position });
  },
  ApiKeyRevoked: ({ apiKeys }, { keyId }, { at }) => change(apiKeys, keyId, { revokedAt: at }),

  ConnectionCreated: (directory, { connectionId, secretId, ...settings }, { at, position }) => {
    directory.connections.set(connectionId, {
      id: connectionId,
      ...settings,
      hasCredential: secretId !== null,
      credentialRotatedAt: secretId === null ? null : at,
      enabled: true,
      createdAt: at,
      updatedAt: at,
      position,
    });
  },
  ConnectionChanged: ({ connections }, { connectionId, after }, { at }) =>
    change(connections, connectionId, { ...(after as Partial<ConnectionRecord>), updatedAt: at }),
  ConnectionCredentialRotated: ({ connections }, { connectionId, secretId }, { at }) =>
    change(connections, connectionId, {
      hasCredential: secretId !== null,
      credentialRotatedAt: secretId === null ? null : at,
      updatedAt: at,
    }),
  ConnectionEnabled: ({ connections }, { connectionId }, { at }) =>
    change(connections, connectionId, { enabled: true, updatedAt: at }),
  ConnectionDisabled: ({ connections }, { connectionId }, { at }) =>
    change(connections, connectionId, { enabled: false, updatedAt: at }),
  ConnectionDeleted: ({ connections, policies, detection }, { connectionId }) => {
    connections.delete(connectionId);
    detection.delete(connectionId);
    // A policy goes with its connection.
    for (const policy of policies.values())
      if (policy.connectionId === connectionId) policies.delete(policy.id);
  },

  PolicyCreated: (directory, { policyId, name, connectionId, order }, { at, position }) => {
    directory.policies.set(policyId, {
      id: policyId,
      name,
      connectionId,
      order,
      active: true,
      version: 0,
      document: null,
      createdAt: at,
      updatedAt: at,
      position,
    });
  },
  PolicyPublished: ({ policies }, { policyId, version, document }, { at }) =>
    change(policies, policyId, { name: document.name, version, document, updatedAt: at }),
  PolicyActivated: ({ policies }, { policyId }, { at }) =>
    change(policies, policyId, { active: true, updatedAt: at }),
  PolicyDeactivated: ({ policies }, { policyId }, { at }) =>
    change(policies, policyId, { active: false, updatedAt: at }),
  PolicyOrderChanged: ({ policies }, { policyId, after }, { at }) =>
    change(policies, policyId, { order: after, updatedAt: at }),
  PolicyDeleted: ({ policies }, { policyId }) => void policies.delete(policyId),

  KillSwitchEngaged: (directory, { killSwitchId, ...data }, { at, by, position }) => {
    directory.killSwitches.set(killSwitchId, {
      id: killSwitchId,
      ...data,
      engagedBy: by,
      engagedAt: at,
      releasedAt: null,
      position,
    });
  },
  KillSwitchReleased: ({ killSwitches }, { killSwitchId }, { at }) =>
    change(killSwitches, killSwitchId, { releasedAt: at }),

  DetectionChanged: ({ detection }, { connectionId, after }) => {
    const place = connectionId ?? '';
    if (after === null) detection.delete(place);
    else detection.set(place, after as DetectionSettings);
  },

  AgentSessionSuspended: () => undefined,
  AgentSessionResumed: () => undefined,
  AgentSessionCompleted: () => undefined,
};
