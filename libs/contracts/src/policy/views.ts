import { z } from 'zod';
import { identitySettingSchema } from '../internal/decide.js';
import { ERROR_PROFILES } from '../refusal.js';
import { policyDocumentSchema, ruleSchema } from './policy-document.js';

/** What the policy service shows of what it owns; the REST API hands these on as they are. Times: RFC 3339, UTC. */
export const ROLES = ['owner', 'admin', 'developer', 'ciso', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Scopes of an API key. `mcp` is an agent's: it may call the gateway and nothing else. `<area>:write` includes
 * `<area>:read`; `admin` includes every other scope but `mcp`.
 */
export const SCOPES = [
  'mcp',
  'admin',
  'organization:read',
  'organization:write',
  'members:read',
  'members:write',
  'keys:read',
  'keys:write',
  'connections:read',
  'connections:write',
  'policies:read',
  'policies:write',
  'sessions:read',
  'sessions:write',
  'kill-switches:read',
  'kill-switches:write',
  'audit:read',
  'events:read',
  'system:read',
  'alerts:read',
  'alerts:write',
  'notifications:read',
  'notifications:write',
] as const;
export type Scope = (typeof SCOPES)[number];

export const SLUG_PATTERN = /^[a-z0-9][a-z0-9_-]{2,63}$/;

export const organizationViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  defaultAction: z.enum(['deny', 'alert']),
  createdAt: z.string(),
});
export type OrganizationView = z.infer<typeof organizationViewSchema>;

export const memberViewSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  joinedAt: z.string(),
});
export type MemberView = z.infer<typeof memberViewSchema>;

export const apiKeyViewSchema = z.object({
  id: z.string(),
  label: z.string(),
  agent: z.string().nullable(),
  /** First characters, to recognize a key by: `ig_AbCd`. */
  prefix: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  /** Connection ids; null for all. */
  connections: z.array(z.string()).nullable(),
  boundUser: z.string().nullable(),
  ownerId: z.string().nullable(),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
  revokedAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
});
export type ApiKeyView = z.infer<typeof apiKeyViewSchema>;

export const AUTH_TYPES = ['none', 'bearer', 'header'] as const;
export const connectionViewSchema = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  upstreamUrl: z.string(),
  authType: z.enum(AUTH_TYPES),
  authHeaderName: z.string().nullable(),
  hasCredential: z.boolean(),
  credentialRotatedAt: z.string().nullable(),
  identity: identitySettingSchema,
  errorProfile: z.enum(ERROR_PROFILES),
  enabled: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type ConnectionView = z.infer<typeof connectionViewSchema>;

export const toolViewSchema = z.object({
  connectionId: z.string(),
  name: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  inputSchema: z.unknown(),
  annotations: z.record(z.string(), z.unknown()),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
});
export type ToolView = z.infer<typeof toolViewSchema>;

export const policyWarningSchema = z.object({ code: z.string(), pointer: z.string(), message: z.string() });
export type PolicyWarning = z.infer<typeof policyWarningSchema>;

export const policyViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  connectionId: z.string().nullable(),
  connection: z.string().nullable(),
  active: z.boolean(),
  order: z.number().int(),
  version: z.number().int(),
  document: policyDocumentSchema,
  warnings: z.array(policyWarningSchema),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type PolicyView = z.infer<typeof policyViewSchema>;

export const policyVersionViewSchema = z.object({
  version: z.number().int(),
  document: policyDocumentSchema,
  note: z.string().nullable(),
  publishedAt: z.string(),
  publishedBy: z.string(),
  rolledBackFrom: z.number().int().nullable(),
});
export type PolicyVersionView = z.infer<typeof policyVersionViewSchema>;

/** A rule in force for a connection, and where it comes from. */
export const effectiveRuleViewSchema = z.object({
  policy: z.object({
    id: z.string(),
    name: z.string(),
    revision: z.number().int(),
    scope: z.enum(['organization', 'connection']),
  }),
  /** Place of the rule within its policy, from 0. */
  index: z.number().int(),
  rule: ruleSchema,
});
export type EffectiveRuleView = z.infer<typeof effectiveRuleViewSchema>;

export const SESSION_STATUSES = ['active', 'suspended', 'completed'] as const;
export const sessionViewSchema = z.object({
  id: z.string(),
  connectionId: z.string(),
  connection: z.string(),
  key: z.object({ id: z.string(), label: z.string(), agent: z.string().nullable() }),
  status: z.enum(SESSION_STATUSES),
  calls: z.number().int(),
  user: z.string().nullable(),
  lastTool: z.string().nullable(),
  startedAt: z.string(),
  lastSeenAt: z.string(),
  suspendedAt: z.string().nullable(),
  suspendedReason: z.string().nullable(),
});
export type SessionView = z.infer<typeof sessionViewSchema>;

export const KILL_SWITCH_SCOPES = ['session', 'connection', 'agent', 'organization'] as const;
export const killSwitchViewSchema = z.object({
  id: z.string(),
  scope: z.enum(KILL_SWITCH_SCOPES),
  /** Session id, connection id, key id; null for the organization. */
  target: z.string().nullable(),
  mode: z.enum(['stop', 'abort']),
  reason: z.string(),
  engagedBy: z.string(),
  engagedAt: z.string(),
  releasedAt: z.string().nullable(),
  /** Gateways that confirmed the order / gateways connected when the view was made. */
  gateways: z.object({ confirmed: z.number().int(), connected: z.number().int() }),
});
export type KillSwitchView = z.infer<typeof killSwitchViewSchema>;

/** What a kill switch of this scope and target reaches. */
export const killSwitchReachSchema = z.object({
  scope: z.enum(KILL_SWITCH_SCOPES),
  /** The id behind the target; null for the organization. */
  target: z.string().nullable(),
  /** What people call it: slug of the connection, label of the key; null where there is no such name. */
  name: z.string().nullable(),
  sessions: z.object({ active: z.number().int(), suspended: z.number().int() }),
});
export type KillSwitchReach = z.infer<typeof killSwitchReachSchema>;
