import { z } from 'zod';
import { DECISIONS, TARGET_KINDS, matchedConditionSchema } from '../events/gateway-calls.js';
import { AUDIT_CLASSES, RULE_SEVERITIES } from '../policy/policy-document.js';
import { ERROR_PROFILES } from '../refusal.js';

/**
 * `POST /internal/v1/decide`: one call per governed message, answered from memory, 250 ms limit (contract section 4); a
 * login cookie is looked up first when it is new, and has a longer limit.
 * Always answers 200 with a DecideResponse; any other status means the policy service cannot be asked, and the
 * gateway refuses with `policy.unavailable`.
 */
export const DECIDE_PATH = '/internal/v1/decide';
export const DECIDE_TIMEOUT_MS = 250;
/** For a login cookie: policy may have to ask the api service, which may have to open a connection to its database. */
export const LOGIN_DECIDE_TIMEOUT_MS = 2_000;
/** Longer arguments are not sent; a policy that looks at arguments then refuses with `arguments.too_large`. */
export const DECIDE_ARGUMENTS_LIMIT = 256 * 1024;

export const credentialSchema = z.discriminatedUnion('type', [
  /** Lower-case hex SHA-256 of the whole key; the key itself never leaves the gateway. */
  z.object({ type: z.literal('api_key'), digest: z.string().length(64) }),
  /** Lower-case hex SHA-256 of the login cookie. */
  z.object({ type: z.literal('cookie'), digest: z.string().length(64) }),
]);
export type CallerCredential = z.infer<typeof credentialSchema>;

export const decideRequestSchema = z.object({
  requestId: z.string().max(64),
  gateway: z.object({
    id: z.string().max(128),
    epoch: z.string().max(64),
    /**
     * The key of the control stream's hello. Needed with every request without a current `have` where policy runs more
     * than one replica: the one that answers may not be the one that holds the stream.
     */
    publicKey: z.string().length(43).optional(),
  }),
  credential: credentialSchema,
  slug: z.string().max(128),
  method: z.string().max(256),
  target: z.object({ kind: z.enum(TARGET_KINDS), name: z.string().max(8192) }),
  direction: z.enum(['client', 'server']),
  /** Parsed arguments of a tool or prompt; absent when there are none. */
  arguments: z.unknown().optional(),
  /** The arguments were over `DECIDE_ARGUMENTS_LIMIT` and left out. */
  argumentsOmitted: z.boolean().optional(),
  user: z.string().max(256).optional(),
  traceId: z.string().max(128),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  protocolSession: z.string().max(128).optional(),
  client: z.object({ name: z.string().max(256), version: z.string().max(256) }).optional(),
  sourceIp: z.string().max(64),
  /** `etag` of the connection the gateway holds for this slug and credential; it is not sent again while it is current. */
  have: z.string().max(128).optional(),
});
export type DecideRequest = z.infer<typeof decideRequestSchema>;

/**
 * A secret sealed to one gateway process: X25519 with an ephemeral key, HKDF-SHA256 (salt: both public keys, info:
 * `portcullis-credential-v1`), AES-256-GCM with the connection's etag as additional data. All base64url.
 */
export const sealedSecretSchema = z.object({
  ephemeralKey: z.string(),
  iv: z.string(),
  ciphertext: z.string(),
  tag: z.string(),
});
export type SealedSecret = z.infer<typeof sealedSecretSchema>;

/** What the upstream is told of the caller (contract section 1). */
export const identitySettingSchema = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('none') }),
  z.object({
    mode: z.literal('header'),
    /** Header to fill for each fact; a fact without a header is not sent. */
    headers: z.object({
      user: z.string().max(64).optional(),
      agent: z.string().max(64).optional(),
      traceId: z.string().max(64).optional(),
    }),
  }),
  /** `_meta["portcullis/identity"]` of the request's params: `{ user, agent, traceId }`. */
  z.object({ mode: z.literal('meta') }),
  /** `X-Portcullis-Identity`: a 60-second EdDSA JWT, keys at `/.well-known/jwks.json`; `claims` names metadata to copy. */
  z.object({ mode: z.literal('token'), claims: z.array(z.string().max(64)).max(20).default([]) }),
]);
export type IdentitySetting = z.infer<typeof identitySettingSchema>;

export const gatewayConnectionSchema = z.object({
  id: z.string(),
  slug: z.string(),
  etag: z.string(),
  upstreamUrl: z.string(),
  auth: z.discriminatedUnion('type', [
    z.object({ type: z.literal('none') }),
    z.object({ type: z.literal('bearer'), credential: sealedSecretSchema }),
    z.object({ type: z.literal('header'), header: z.string(), credential: sealedSecretSchema }),
  ]),
  identity: identitySettingSchema,
  errorProfile: z.enum(ERROR_PROFILES),
});
export type GatewayConnection = z.infer<typeof gatewayConnectionSchema>;

export const callerSchema = z.object({
  tenantId: z.string(),
  key: z.object({ id: z.string(), label: z.string(), agent: z.string().nullable() }),
  /** Effective user: the one bound to the key, else the asserted one. */
  user: z.string().nullable(),
  userBound: z.boolean(),
});
export type Caller = z.infer<typeof callerSchema>;

export const decideResponseSchema = z.object({
  decision: z.enum(DECISIONS),
  /** A RefusalReason when the request must not be forwarded. */
  reason: z.string().nullable(),
  /** For the caller: the rule's message, or the operator's reason of a kill switch. */
  message: z.string().nullable(),
  /** Scope of the kill switch that stopped the call. */
  scope: z.string().nullable(),
  rule: z.string().nullable(),
  policy: z.object({ id: z.string(), name: z.string(), revision: z.number().int() }).nullable(),
  conditions: z.array(matchedConditionSchema),
  /** Of the alert to raise; only where the decision is `alert`. */
  severity: z.enum(RULE_SEVERITIES).optional(),
  /** Null when nobody could be identified. */
  caller: callerSchema.nullable(),
  agentSession: z.string().nullable(),
  /** Full when the gateway has another version or none; `current` when `have` still holds; null when refused before. */
  connection: z.union([gatewayConnectionSchema, z.literal('current')]).nullable(),
  /** Known even when the connection is `current` or the call refused. */
  connectionRef: z.object({ id: z.string(), slug: z.string() }).nullable(),
  audit: z.enum(AUDIT_CLASSES),
  maxDurationMs: z.number(),
  retryAfterMs: z.number().nullable(),
  errorProfile: z.enum(ERROR_PROFILES),
});
export type DecideResponse = z.infer<typeof decideResponseSchema>;

/**
 * `POST /internal/v1/filter`: which items of a list the caller may use, by the evaluator that decides calls.
 * Tools are stored for their connection as a by-product (first and last seen). Same failure rule as decide.
 */
export const FILTER_PATH = '/internal/v1/filter';
export const filterRequestSchema = decideRequestSchema
  .pick({
    credential: true,
    slug: true,
    user: true,
    metadata: true,
    traceId: true,
    sourceIp: true,
    client: true,
    protocolSession: true,
    requestId: true,
    gateway: true,
  })
  .extend({
    kind: z.enum(['tool', 'resource', 'prompt']),
    /** The definitions as the upstream sent them; at most 10,000. */
    items: z.array(z.record(z.string(), z.unknown())).max(10_000),
  });
export type FilterRequest = z.infer<typeof filterRequestSchema>;
export const filterResponseSchema = z.object({ visible: z.array(z.boolean()) });
export type FilterResponse = z.infer<typeof filterResponseSchema>;

/** `POST /internal/v1/authenticate` `{ credential }`: who a REST caller is. 200 with `principal: null` when unknown. */
export const AUTHENTICATE_PATH = '/internal/v1/authenticate';
export const principalSchema = z.object({
  type: z.enum(['api_key', 'user']),
  id: z.string(),
  tenantId: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  /** Member id of the key's owner. */
  ownerId: z.string().nullable(),
  /** Connection ids the key is limited to; null for all. */
  connections: z.array(z.string()).nullable(),
});
export type Principal = z.infer<typeof principalSchema>;
export const authenticateResponseSchema = z.object({
  principal: principalSchema.nullable(),
  reason: z.string().nullable(),
});
