import { z } from 'zod';
import { identitySettingSchema } from '../internal/decide.js';
import { policyDocumentSchema } from '../policy/policy-document.js';
import { AUTH_TYPES, KILL_SWITCH_SCOPES, ROLES, SCOPES } from '../policy/views.js';
import { ERROR_PROFILES } from '../refusal.js';

/**
 * Domain events of the policy service, as stored in its streams and published on `policy.changes.v1`.
 * Streams are named `<entity>-<id>`. Secrets never occur here: credentials and key hashes live in a table of their
 * own (`policy.secrets`), referenced by `secretId`.
 */
const id = z.string().max(64);
const at = z.string().max(40);
/** Kinds of findings are open: a newer release may know more. */
const detection = z.object({
  rateMultiplier: z.number().nullable(),
  rateMinCalls: z.number().int().nullable(),
  off: z.array(z.string().max(64)).nullable(),
});

const connectionSettings = z.object({
  slug: z.string(),
  name: z.string(),
  upstreamUrl: z.string(),
  authType: z.enum(AUTH_TYPES),
  authHeaderName: z.string().nullable(),
  identity: identitySettingSchema,
  errorProfile: z.enum(ERROR_PROFILES),
});

export const policyEventSchemas = {
  OrganizationCreated: z.object({ name: z.string(), defaultAction: z.enum(['deny', 'alert']) }),
  OrganizationRenamed: z.object({ before: z.string(), after: z.string() }),
  OrganizationDefaultChanged: z.object({
    before: z.enum(['deny', 'alert']),
    after: z.enum(['deny', 'alert']),
  }),

  MemberAdded: z.object({ memberId: id, email: z.string(), name: z.string(), role: z.enum(ROLES) }),
  MemberRoleChanged: z.object({ memberId: id, before: z.enum(ROLES), after: z.enum(ROLES) }),
  MemberRemoved: z.object({ memberId: id, email: z.string() }),

  ApiKeyCreated: z.object({
    keyId: id,
    label: z.string(),
    agent: z.string().nullable(),
    prefix: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    connections: z.array(id).nullable(),
    boundUser: z.string().nullable(),
    ownerId: id.nullable(),
    expiresAt: at.nullable(),
    secretId: id,
  }),
  ApiKeyRevoked: z.object({ keyId: id, label: z.string() }),

  ConnectionCreated: connectionSettings.extend({ connectionId: id, secretId: id.nullable() }),
  ConnectionChanged: z.object({
    connectionId: id,
    before: connectionSettings.partial(),
    after: connectionSettings.partial(),
  }),
  ConnectionCredentialRotated: z.object({ connectionId: id, secretId: id.nullable() }),
  ConnectionEnabled: z.object({ connectionId: id, slug: z.string() }),
  ConnectionDisabled: z.object({ connectionId: id, slug: z.string() }),
  ConnectionDeleted: z.object({ connectionId: id, slug: z.string() }),

  PolicyCreated: z.object({
    policyId: id,
    name: z.string(),
    connectionId: id.nullable(),
    order: z.number().int(),
  }),
  PolicyPublished: z.object({
    policyId: id,
    version: z.number().int(),
    document: policyDocumentSchema,
    note: z.string().nullable(),
    rolledBackFrom: z.number().int().nullable(),
  }),
  PolicyActivated: z.object({ policyId: id }),
  PolicyDeactivated: z.object({ policyId: id }),
  PolicyOrderChanged: z.object({ policyId: id, before: z.number().int(), after: z.number().int() }),
  PolicyDeleted: z.object({ policyId: id, name: z.string() }),

  KillSwitchEngaged: z.object({
    killSwitchId: id,
    scope: z.enum(KILL_SWITCH_SCOPES),
    target: z.string().nullable(),
    mode: z.enum(['stop', 'abort']),
    reason: z.string(),
  }),
  KillSwitchReleased: z.object({
    killSwitchId: id,
    scope: z.enum(KILL_SWITCH_SCOPES),
    target: z.string().nullable(),
  }),

  /** How anomalies are looked for: in the organization (`connectionId` null) or on a connection. Null where nothing is set. */
  DetectionChanged: z.object({
    connectionId: id.nullable(),
    before: detection.nullable(),
    after: detection.nullable(),
  }),

  AgentSessionSuspended: z.object({ sessionId: id, connectionId: id, keyId: id, reason: z.string() }),
  AgentSessionResumed: z.object({ sessionId: id, connectionId: id, keyId: id }),
  AgentSessionCompleted: z.object({
    sessionId: id,
    connectionId: id,
    keyId: id,
    generation: z.number().int(),
    lastSeenAt: at,
  }),
} as const;

export type PolicyEventType = keyof typeof policyEventSchemas;
export type PolicyEventData<T extends PolicyEventType> = z.infer<(typeof policyEventSchemas)[T]>;
/** Any domain event of the policy service, without its envelope. */
export type PolicyDomainEvent = {
  [T in PolicyEventType]: { type: T; data: PolicyEventData<T> };
}[PolicyEventType];
