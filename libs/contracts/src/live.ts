import { z } from 'zod';
import { FINDING_SEVERITIES } from './events/anomaly-findings.js';
import { DECISIONS, OUTCOMES, TARGET_KINDS } from './events/gateway-calls.js';
import { ALERT_SEVERITIES, ALERT_STATES } from './notification/alert-views.js';
import { KILL_SWITCH_SCOPES, SESSION_STATUSES } from './policy/views.js';

/**
 * The live feed: what people see as it happens, over server-sent events (`GET /api/v1/events`) and socket.io (namespace
 * `/live`). docs/live.md tells the whole protocol. Neither arguments nor results are ever part of it. Texts may hold what
 * an attacker wrote (tool, agent and user names): none of them is safe as markup.
 */
export const LIVE_NAMESPACE = '/live';

export const LIVE_EVENT_NAMES = ['tool_call', 'anomaly', 'session_update', 'hold', 'alert'] as const;
export type LiveEventName = (typeof LIVE_EVENT_NAMES)[number];

/** Events one client gets in any second at most; the rest is counted in `dropped`. */
export const LIVE_EVENTS_PER_SECOND = 200;

const text = z.string().nullable();

/** A governed call that ended: forwarded and answered, or refused. */
export const liveToolCallSchema = z.object({
  type: z.literal('tool_call'),
  /** Request id: `id` in Lens, the row's key. */
  id: z.string(),
  /** When it was decided: `time` in Lens. RFC 3339, UTC, milliseconds. */
  timestamp: z.string(),
  method: z.string(),
  kind: z.enum(TARGET_KINDS),
  /** Tool name, resource URI or prompt name; empty for other methods. */
  target: z.string(),
  toolName: text,
  resource: text,
  prompt: text,
  /** Slug of the connection, and its id; null when the call named none the caller may see. */
  connection: text,
  serverId: text,
  agent: text,
  user: text,
  /** Label of the API key, and its id. */
  key: text,
  keyId: text,
  /** Agent session. */
  sessionId: text,
  /** What the policy said: `decision` in Lens. */
  action: z.enum(DECISIONS),
  rule: text,
  policy: text,
  reason: text,
  outcome: z.enum(OUTCOMES),
  error: text,
  traceId: z.string(),
  latencyMs: z.number(),
});
export type LiveToolCall = z.infer<typeof liveToolCallSchema>;

/** A finding of the anomaly service. `serverId`, `anomalyType`, `currentRate` repeat other fields under their older names. */
export const liveAnomalySchema = z.object({
  type: z.literal('anomaly'),
  /** Finding id: `GET /api/v1/anomalies/{id}`. */
  id: z.string(),
  timestamp: z.string(),
  kind: z.string(),
  anomalyType: z.string(),
  severity: z.enum(FINDING_SEVERITIES),
  title: z.string(),
  connection: text,
  serverId: text,
  agent: text,
  user: text,
  key: text,
  keyId: text,
  sessionId: text,
  toolName: text,
  observed: z.object({ value: z.number(), unit: z.string() }),
  expected: z.object({ value: z.number().nullable(), threshold: z.number().nullable() }),
  currentRate: z.number(),
  threshold: z.number().nullable(),
  lensQuery: z.object({ q: z.string(), from: z.string(), to: z.string() }),
  dedupKey: z.string(),
});
export type LiveAnomaly = z.infer<typeof liveAnomalySchema>;

/** An agent session changed, or a kill switch was engaged (`suspended`) or released (`active`) over one or many. */
export const liveSessionUpdateSchema = z.object({
  type: z.literal('session_update'),
  timestamp: z.string(),
  status: z.enum(SESSION_STATUSES),
  /** Set for a change of one session. */
  sessionId: z.string().optional(),
  /** Set for a kill switch: its id, scope, and the session, connection or key it stops (null: the organization). */
  killSwitchId: z.string().optional(),
  scope: z.enum(KILL_SWITCH_SCOPES).optional(),
  target: text.optional(),
  /** The operator's words. */
  reason: text,
});
export type LiveSessionUpdate = z.infer<typeof liveSessionUpdateSchema>;

/**
 * Something a person should look at: a call that a rule with action `alert` let through (`policy_alert`), or what happened
 * to an alert, which has an `alertId`.
 */
export const liveAlertSchema = z.looseObject({
  type: z.literal('alert'),
  /** `policy_alert`, or a kind a newer release brings. */
  kind: z.string(),
  /** Request id of a `policy_alert`, whose other fields are those of `tool_call`; else the alert's id. */
  id: z.string(),
  timestamp: z.string(),
});
export type LiveAlert = z.infer<typeof liveAlertSchema>;

/** What happened to an alert: `GET /api/v1/alerts/{alertId}`. */
export const liveAlertTransitionSchema = z.object({
  type: z.literal('alert'),
  /** The alert's id, twice. */
  id: z.string(),
  alertId: z.string(),
  /** The event's name: `AlertOpened`, `AlertResolved` and so on. */
  transition: z.string(),
  timestamp: z.string(),
  kind: z.string(),
  severity: z.enum(ALERT_SEVERITIES),
  title: z.string(),
  /** After it. */
  state: z.enum(ALERT_STATES),
  connection: text,
  serverId: text,
  agent: text,
  user: text,
  sessionId: text,
  toolName: text,
  rule: text,
  occurrences: z.number().int(),
  /** Who did it; `notification` when nobody did. */
  actor: z.string(),
});
export type LiveAlertTransition = z.infer<typeof liveAlertTransitionSchema>;

/** A call that waits for a person, or no longer does. */
export const liveHoldSchema = z.looseObject({
  type: z.literal('hold'),
  id: z.string(),
  timestamp: z.string(),
});
export type LiveHold = z.infer<typeof liveHoldSchema>;

export interface LivePayloads {
  readonly tool_call: LiveToolCall;
  readonly anomaly: LiveAnomaly;
  readonly session_update: LiveSessionUpdate;
  readonly hold: LiveHold;
  readonly alert: LiveAlert;
}

/** One live event. `id` is the place in the log after it: opaque, and what a client resumes after, on any replica. */
export type LiveEvent = {
  readonly [Name in LiveEventName]: {
    readonly name: Name;
    readonly id: string;
    readonly payload: LivePayloads[Name];
  };
}[LiveEventName];

/** What a client asks for; nothing means everything of its organization from now on. */
export const liveSubscriptionSchema = z.object({
  /** A Lens filter (no stages, no `re:`). It chooses among `tool_call` events; all others come whatever it says. */
  q: z.string().max(4096).optional(),
  /** Resume after this `id`: what came since is sent first, in order, without a gap or a repetition. */
  after: z.string().max(4096).optional(),
  /** Get events in lists under the name `events`, ten a second at most, rather than one by one under their own names. */
  batch: z.boolean().optional(),
});
export type LiveSubscription = z.infer<typeof liveSubscriptionSchema>;

/**
 * `auth` of the socket.io handshake: the credential (an API key; browsers send their cookie instead) and the first
 * subscription. Give socket.io-client a function here, so that each reconnection resumes after the last id it saw.
 */
export const liveHandshakeSchema = liveSubscriptionSchema.extend({ token: z.string().max(512).optional() });
export type LiveHandshake = z.infer<typeof liveHandshakeSchema>;

/**
 * Why a connection or a subscription was refused. A refused connection has it as `error.data` of `connect_error`.
 * Codes: `auth.required`, `auth.invalid`, `auth.revoked`, `auth.insufficient_scope`, `auth.origin_forbidden`, `lens.invalid`
 * (with diagnostics), `request.invalid`, `events.bad_position`, `events.busy`, `events.unavailable`.
 */
export interface LiveRefusal {
  readonly code: string;
  readonly title: string;
  readonly diagnostics?: readonly {
    readonly code: string;
    readonly message: string;
    readonly from: number;
    readonly to: number;
    readonly suggestion: string | null;
  }[];
}

/** Answer to `subscribe`. `position` can be resumed after even when no event ever came. */
export type LiveAcknowledgement =
  { readonly ok: true; readonly position: string } | { readonly ok: false; readonly error: LiveRefusal };

export interface LiveClientToServer {
  /** Replaces the subscription of this connection. */
  subscribe: (subscription: LiveSubscription, acknowledge: (answer: LiveAcknowledgement) => void) => void;
  /** Nothing more until the next `subscribe`. */
  unsubscribe: (acknowledge: (answer: LiveAcknowledgement) => void) => void;
}

export interface LiveServerToClient {
  tool_call: (payload: LiveToolCall, id: string) => void;
  anomaly: (payload: LiveAnomaly, id: string) => void;
  session_update: (payload: LiveSessionUpdate, id: string) => void;
  hold: (payload: LiveHold, id: string) => void;
  alert: (payload: LiveAlert, id: string) => void;
  /** With `batch`: what came since the last list, oldest first. */
  events: (events: readonly LiveEvent[]) => void;
  /** `tool_call` events that matched and were left out since the last such message; at most once a second. */
  dropped: (counter: LiveDropped) => void;
  /** Everything missed has been sent; live from here on. `complete` is false when the log no longer held all of it. */
  resumed: (state: { readonly position: string; readonly complete: boolean }) => void;
  /** Now and then while nothing matches, so that a later resume need not look at what is long past. */
  position: (id: string) => void;
}

/** Over SSE the event is `dropped` too, and `resumed` has its fields as data. */
export interface LiveDropped {
  readonly type: 'dropped';
  readonly count: number;
}
