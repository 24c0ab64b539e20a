import { z } from 'zod';
import { actorSchema } from '../envelope.js';
import { AUTH_TYPES, KILL_SWITCH_SCOPES, ROLES, SCOPES, SLUG_PATTERN } from '../policy/views.js';
import { detectionSettingsSchema } from '../policy/detection.js';
import { identitySettingSchema } from './decide.js';
import { ERROR_PROFILES } from '../refusal.js';

/**
 * `POST /internal/v1/commands`: what the api service asks of the policy service. The tenant and the actor come from
 * the authenticated caller, never from the body of a REST request; an id of another organization answers 404
 * `<area>.not_found`. Errors are problem documents. Field limits are enforced here, once, for REST and everything else.
 */
export const COMMANDS_PATH = '/internal/v1/commands';

const id = z.string().min(1).max(64);
const name = z.string().trim().min(1).max(200);
const reason = z.string().trim().min(1).max(1000);
const slug = z.string().regex(SLUG_PATTERN);
const upstreamUrl = z.url({ protocol: /^https?$/ }).max(2048);
const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/);
const credential = z.string().min(1).max(8192);
/** Checked by the policy service with pointers into the document, so that errors name the place. */
const document = z.record(z.string(), z.unknown());

export const connectionFields = {
  slug,
  name,
  upstreamUrl,
  authType: z.enum(AUTH_TYPES).default('none'),
  authHeaderName: headerName.nullish(),
  credential: credential.nullish(),
  identity: identitySettingSchema.optional(),
  errorProfile: z.enum(ERROR_PROFILES).optional(),
};

export const commandSchema = z.discriminatedUnion('type', [
  /** The one command whose organization does not exist yet: the api service has chosen its id, and checked that its actor may. */
  z.object({
    type: z.literal('CreateOrganization'),
    name,
    owner: z.object({ email: z.email().max(320), name }),
  }),
  z.object({ type: z.literal('RenameOrganization'), name }),
  z.object({ type: z.literal('ChangeOrganizationDefault'), defaultAction: z.enum(['deny', 'alert']) }),

  z.object({ type: z.literal('AddMember'), email: z.email().max(320), name, role: z.enum(ROLES) }),
  z.object({ type: z.literal('ChangeMemberRole'), memberId: id, role: z.enum(ROLES) }),
  z.object({ type: z.literal('RemoveMember'), memberId: id }),

  z.object({
    type: z.literal('CreateApiKey'),
    label: name,
    agent: z.string().trim().min(1).max(200).nullish(),
    scopes: z.array(z.enum(SCOPES)).min(1).default(['mcp']),
    connections: z.array(id).max(1000).nullish(),
    boundUser: z.string().min(1).max(256).nullish(),
    expiresAt: z.iso.datetime().nullish(),
  }),
  z.object({ type: z.literal('RevokeApiKey'), keyId: id }),

  z.object({ type: z.literal('CreateConnection'), ...connectionFields }),
  z.object({
    type: z.literal('ChangeConnection'),
    connectionId: id,
    name: name.optional(),
    upstreamUrl: upstreamUrl.optional(),
    authType: z.enum(AUTH_TYPES).optional(),
    authHeaderName: headerName.nullish(),
    credential: credential.nullish(),
    identity: identitySettingSchema.optional(),
    errorProfile: z.enum(ERROR_PROFILES).optional(),
    enabled: z.boolean().optional(),
  }),
  z.object({ type: z.literal('DeleteConnection'), connectionId: id }),

  /** Creates the policy and publishes version 1. `connection` is a slug. */
  z.object({
    type: z.literal('CreatePolicy'),
    connection: slug.nullish(),
    document,
    note: z.string().max(1000).nullish(),
  }),
  z.object({
    type: z.literal('PublishPolicy'),
    policyId: id,
    document,
    expectedVersion: z.number().int().positive().nullish(),
    note: z.string().max(1000).nullish(),
  }),
  z.object({
    type: z.literal('RollBackPolicy'),
    policyId: id,
    version: z.number().int().positive(),
    note: z.string().max(1000).nullish(),
  }),
  z.object({ type: z.literal('ActivatePolicy'), policyId: id }),
  z.object({ type: z.literal('DeactivatePolicy'), policyId: id }),
  z.object({ type: z.literal('MovePolicy'), policyId: id, order: z.number().int().min(0).max(10_000) }),
  z.object({ type: z.literal('DeletePolicy'), policyId: id }),

  /** `target`: session id, connection id or slug, API key id; none for `organization`. */
  z.object({
    type: z.literal('EngageKillSwitch'),
    scope: z.enum(KILL_SWITCH_SCOPES),
    target: z.string().max(128).nullish(),
    mode: z.enum(['stop', 'abort']).default('stop'),
    reason,
  }),
  z.object({ type: z.literal('ReleaseKillSwitch'), killSwitchId: id }),
  /** `connection`: id or slug; null for the organization. Settings that are all null are as if there were none. */
  z.object({
    type: z.literal('ChangeDetection'),
    connection: z.string().min(1).max(64).nullable(),
    settings: detectionSettingsSchema,
  }),
  z.object({ type: z.literal('SuspendSession'), sessionId: id, reason }),
  z.object({ type: z.literal('ResumeSession'), sessionId: id }),
]);
export type Command = z.infer<typeof commandSchema>;
export type CommandType = Command['type'];

export const commandEnvelopeSchema = z.object({
  tenantId: id,
  actor: actorSchema,
  /** Same key and same command: the first answer again. Kept for 24 hours. */
  idempotencyKey: z.string().min(1).max(256).nullish(),
  correlationId: z.string().max(256).nullish(),
  command: commandSchema,
});
export type CommandEnvelope = z.infer<typeof commandEnvelopeSchema>;

/** How far an order to stop got: gateways connected, those that confirmed it, and the time from the command to that. */
export const obedienceSchema = z.object({
  gateways: z.object({ total: z.number().int(), confirmed: z.number().int() }),
  tookMs: z.number(),
});
export type Obedience = z.infer<typeof obedienceSchema>;

/** `data` is the view of what was changed; for CreateApiKey the view plus `secret`, shown this once. */
export const commandResultSchema = z.object({
  data: z.unknown(),
  /** Global position of the last event written; everything a decide call needs of it is in force when `propagated`. */
  position: z.number().int(),
  /** False when not every live replica reported the position within 1 s. */
  propagated: z.boolean(),
  /** Of a command that orders gateways to stop something; null when it could not be told within 1 s. */
  obeyed: obedienceSchema.nullish(),
});
export type CommandResult = z.infer<typeof commandResultSchema>;

/** `POST /internal/v1/queries`: lists are in a stable order and page by opaque cursor. */
export const QUERIES_PATH = '/internal/v1/queries';
const page = { limit: z.number().int().min(1).max(200).default(50), cursor: z.string().max(512).nullish() };
/** A call that is made up, to see what policies say of it. */
export const simulatedCallSchema = z.object({
  connection: z.string().max(64),
  method: z.string().max(256).default('tools/call'),
  tool: z.string().max(256).nullish(),
  resource: z.string().max(8192).nullish(),
  prompt: z.string().max(256).nullish(),
  arguments: z.unknown().optional(),
  user: z.string().max(256).nullish(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
  agent: z.string().max(200).nullish(),
  sourceIp: z.string().max(64).nullish(),
  at: z.iso.datetime().nullish(),
});

export const querySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('organization') }),
  z.object({ type: z.literal('members'), ...page }),
  z.object({ type: z.literal('apiKeys'), includeRevoked: z.boolean().default(false), ...page }),
  z.object({ type: z.literal('apiKey'), keyId: id }),
  z.object({ type: z.literal('connections'), ...page }),
  /** By id or slug. */
  z.object({ type: z.literal('connection'), connection: z.string().max(64) }),
  z.object({ type: z.literal('tools'), connection: z.string().max(64), ...page }),
  z.object({ type: z.literal('policies'), connection: z.string().max(64).nullish(), ...page }),
  z.object({ type: z.literal('policy'), policyId: id }),
  z.object({ type: z.literal('policyVersions'), policyId: id, ...page }),
  z.object({
    type: z.literal('sessions'),
    status: z.enum(['active', 'suspended', 'completed']).nullish(),
    ...page,
  }),
  z.object({ type: z.literal('session'), sessionId: id }),
  /** What a kill switch would stop, of what is known without the audit history. */
  z.object({
    type: z.literal('killSwitchReach'),
    scope: z.enum(KILL_SWITCH_SCOPES),
    target: z.string().max(128).nullish(),
  }),
  /** The rules in force for a connection, in the order they are asked. */
  z.object({ type: z.literal('effectiveRules'), connection: z.string().max(64), ...page }),
  z.object({ type: z.literal('killSwitches'), includeReleased: z.boolean().default(false), ...page }),
  z.object({ type: z.literal('detection') }),
  /** What a draft would decide: nothing is stored or counted. `document` null means the policies in force. */
  z.object({
    type: z.literal('simulate'),
    document: z.record(z.string(), z.unknown()).nullish(),
    request: simulatedCallSchema,
  }),
  /** The credential of a connection in the clear is never an answer; this opens the upstream and says whether it speaks MCP. */
  z.object({ type: z.literal('testConnection'), connection: z.string().max(64) }),
]);
export type Query = z.infer<typeof querySchema>;
export const queryEnvelopeSchema = z.object({ tenantId: id, query: querySchema });
export type QueryEnvelope = z.infer<typeof queryEnvelopeSchema>;
export const queryResultSchema = z.object({ data: z.unknown(), cursor: z.string().nullable() });
export type QueryResult = z.infer<typeof queryResultSchema>;
