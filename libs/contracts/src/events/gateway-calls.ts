import { z } from 'zod';
import type { EventEnvelope } from '../envelope.js';
import { AUDIT_CLASSES, RULE_SEVERITIES } from '../policy/policy-document.js';

/** What a governed message asks for. */
export const TARGET_KINDS = ['tool', 'resource', 'prompt', 'method'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** What the policy said. `hold` and `redact` are reserved for the engines that will produce them. */
export const DECISIONS = ['allow', 'deny', 'alert', 'hold', 'redact'] as const;
export type Decision = (typeof DECISIONS)[number];

/** How the request ended, for the caller. `unknown`: the gateway never learned it. */
export const OUTCOMES = ['ok', 'tool_error', 'error', 'denied', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A condition of the rule that decided, with the value it saw (cut at 256 characters). */
export const matchedConditionSchema = z.object({
  attribute: z.string(),
  operator: z.string(),
  expected: z.unknown(),
  actual: z.unknown().optional(),
});
export type MatchedCondition = z.infer<typeof matchedConditionSchema>;

/**
 * What is known of a request once it is decided. It is repeated whole in the completion, so that one event is
 * enough to store one row.
 *
 * `requestId` is the row's key and `decidedAt` its time, in every event of the request.
 */
export const callFactsSchema = z.object({
  requestId: z.string(),
  /** RFC 3339, UTC, milliseconds. */
  decidedAt: z.string(),
  /** The JSON-RPC method. */
  method: z.string(),
  kind: z.enum(TARGET_KINDS),
  /** Tool name, resource URI or prompt name as the upstream knows it; empty for kind `method`. */
  name: z.string(),
  /** `server` for requests an upstream sends to its client (sampling, elicitation, roots). */
  direction: z.enum(['client', 'server']),
  connection: z.object({ id: z.string(), slug: z.string() }).nullable(),
  /** Agent session (contract section 1), not the protocol's session. */
  agentSession: z.string().nullable(),
  protocolSession: z.string().nullable(),
  key: z.object({ id: z.string(), label: z.string(), agent: z.string().nullable() }).nullable(),
  /** The effective end user; `userBound` when an administrator bound it to the key, else merely asserted. */
  user: z.string().nullable(),
  userBound: z.boolean(),
  traceId: z.string(),
  traceparent: z.string().nullable(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  client: z.object({ name: z.string(), version: z.string() }).nullable(),
  sourceIp: z.string(),
  decision: z.enum(DECISIONS),
  /** A `RefusalReason` when the request was refused. */
  reason: z.string().nullable(),
  rule: z.string().nullable(),
  policy: z.object({ id: z.string(), name: z.string(), revision: z.number().int() }).nullable(),
  conditions: z.array(matchedConditionSchema),
  /** Of the alert that the rule raises; only where the decision is `alert`, and not in events of older gateways. */
  severity: z.enum(RULE_SEVERITIES).optional(),
  audit: z.enum(AUDIT_CLASSES),
  /** JSON text of the arguments, cut at 64 KiB; `argumentsDigest` (SHA-256, hex) covers them whole. */
  arguments: z.string(),
  argumentsDigest: z.string().nullable(),
  bytesIn: z.number().int(),
  /** Time the policy service took to answer, as the gateway saw it. */
  policyMs: z.number(),
  /** Longest the call may take; after it, and 5 minutes more, a missing completion is stored as `unknown`. */
  maxDurationMs: z.number(),
});
export type CallFacts = z.infer<typeof callFactsSchema>;

/** An allowed call is about to be forwarded. Not terminal. */
export type CallDecided = EventEnvelope<'CallDecided', CallFacts>;

/** A request was refused; terminal. */
export const callRefusedDataSchema = callFactsSchema.extend({ latencyMs: z.number() });
export type CallRefused = EventEnvelope<'CallRefused', z.infer<typeof callRefusedDataSchema>>;

/** A forwarded request ended; terminal and self-contained. */
export const callCompletedDataSchema = callFactsSchema.extend({
  outcome: z.enum(OUTCOMES),
  /** Time from the request's last byte in to the answer's last byte out. */
  latencyMs: z.number(),
  upstreamMs: z.number(),
  bytesOut: z.number().int(),
  /** Error class for people: a `RefusalReason`, `jsonrpc:<code>` or `http:<status>`. */
  error: z.string().nullable(),
  /** The result's text, cut at 16 KiB; empty for streams that were not inspected. */
  result: z.string(),
  resultDigest: z.string().nullable(),
});
export type CallCompleted = EventEnvelope<'CallCompleted', z.infer<typeof callCompletedDataSchema>>;

/**
 * Refusals of callers nobody could identify, counted for each source and 10 seconds: a flood must not fill the disk.
 * The tenant is `SYSTEM_TENANT`.
 */
export const refusalsCountedDataSchema = z.object({
  sourceIp: z.string(),
  slug: z.string().nullable(),
  reason: z.string(),
  from: z.string(),
  to: z.string(),
  count: z.number().int().positive(),
});
export type RefusalsCounted = EventEnvelope<'RefusalsCounted', z.infer<typeof refusalsCountedDataSchema>>;

export type GatewayCallEvent = CallDecided | CallRefused | CallCompleted | RefusalsCounted;

export const gatewayCallSchemas = {
  CallDecided: callFactsSchema,
  CallRefused: callRefusedDataSchema,
  CallCompleted: callCompletedDataSchema,
  RefusalsCounted: refusalsCountedDataSchema,
} as const;

export const CALL_EVENT_VERSION = 1;

/** Key of a call's records in the log: calls of one connection keep their order. */
export function callKey(tenantId: string, connectionId: string | null): string {
  return `${tenantId}:${connectionId ?? ''}`;
}

export const ARGUMENTS_RECORD_LIMIT = 64 * 1024;
export const RESULT_RECORD_LIMIT = 16 * 1024;
