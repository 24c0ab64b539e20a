import {
  anomalyFindingSchemas,
  notificationDeliverySchemas,
  type CallCompleted,
  type CallRefused,
  type EventEnvelope,
  type FindingRaised,
  type LiveAlertTransition,
  type LiveAnomaly,
  type LiveEvent,
  type LiveSessionUpdate,
  type LiveToolCall,
} from '@portcullis/contracts';

/** What happens to alerts, as it is called on the log. */
const ALERT_TYPES = [
  'AlertOpened',
  'AlertReopened',
  'AlertEscalated',
  'AlertAcknowledged',
  'AlertResolved',
  'AlertMuted',
  'AlertUnmuted',
] as const;

/** Longest text of an event, in UTF-16 units; as long as Lens keeps names. */
const TEXT_LIMIT = 1024;

/** Events that no client needs are not even parsed. */
export const LIVE_TYPES: ReadonlySet<string> = new Set([
  'CallRefused',
  'CallCompleted',
  'AgentSessionSuspended',
  'AgentSessionResumed',
  'AgentSessionCompleted',
  'KillSwitchEngaged',
  'KillSwitchReleased',
  'FindingRaised',
  ...ALERT_TYPES,
]);

export type LivePayload = {
  [Name in LiveEvent['name']]: { name: Name; payload: Extract<LiveEvent, { name: Name }>['payload'] };
}[LiveEvent['name']];

/** What people see of an event as it happens; nothing for most. Arguments and results are never part of it. */
export function livePayloadsOf(event: EventEnvelope): LivePayload[] {
  switch (event.type) {
    case 'CallRefused':
    case 'CallCompleted':
      return callPayloads(event as CallRefused | CallCompleted);
    case 'AgentSessionSuspended':
      return [session(event, 'suspended')];
    case 'AgentSessionResumed':
      return [session(event, 'active')];
    case 'AgentSessionCompleted':
      return [session(event, 'completed')];
    case 'KillSwitchEngaged':
    case 'KillSwitchReleased':
      return [killSwitch(event)];
    case 'FindingRaised':
      return findingPayloads(event);
    default:
      return ALERT_TYPES.flatMap((type) => (type === event.type ? alertPayloads(event, type) : []));
  }
}

function callPayloads({ data }: CallRefused | CallCompleted): LivePayload[] {
  const named = (kind: typeof data.kind) => (data.kind === kind ? data.name : null);
  const call: LiveToolCall = {
    type: 'tool_call',
    id: data.requestId,
    timestamp: data.decidedAt,
    method: data.method,
    kind: data.kind,
    target: data.name,
    toolName: named('tool'),
    resource: named('resource'),
    prompt: named('prompt'),
    connection: data.connection?.slug ?? null,
    serverId: data.connection?.id ?? null,
    agent: data.key?.agent ?? null,
    user: data.user,
    key: data.key?.label ?? null,
    keyId: data.key?.id ?? null,
    sessionId: data.agentSession,
    action: data.decision,
    rule: data.rule,
    policy: data.policy?.name ?? null,
    reason: data.reason,
    outcome: 'outcome' in data ? data.outcome : 'denied',
    error: 'error' in data ? data.error : data.reason,
    traceId: data.traceId,
    latencyMs: data.latencyMs,
  };
  const shown = shortened(call);
  const seen: LivePayload = { name: 'tool_call', payload: shown };
  if (data.decision !== 'alert') return [seen];
  return [seen, { name: 'alert', payload: { ...shown, type: 'alert', kind: 'policy_alert' } }];
}

/** Names are what a caller wrote: one as long as a request may be must not push every watcher over its limit. */
function shortened<Payload extends object>(payload: Payload): Payload {
  return Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.slice(0, TEXT_LIMIT) : (value as unknown),
    ]),
  ) as Payload;
}

function session(event: EventEnvelope, status: LiveSessionUpdate['status']): LivePayload {
  const data = event.data as { sessionId: string; reason?: string };
  return {
    name: 'session_update',
    payload: {
      type: 'session_update',
      sessionId: data.sessionId,
      status,
      reason: data.reason ?? null,
      timestamp: event.occurredAt,
    },
  };
}

function killSwitch(event: EventEnvelope): LivePayload {
  const data = event.data as Pick<LiveSessionUpdate, 'scope' | 'target'> & {
    killSwitchId: string;
    reason?: string;
  };
  return {
    name: 'session_update',
    payload: {
      type: 'session_update',
      status: event.type === 'KillSwitchEngaged' ? 'suspended' : 'active',
      killSwitchId: data.killSwitchId,
      scope: data.scope,
      target: data.target,
      reason: data.reason ?? null,
      timestamp: event.occurredAt,
    },
  };
}

function findingPayloads(event: EventEnvelope): LivePayload[] {
  const parsed = anomalyFindingSchemas.FindingRaised.safeParse((event as FindingRaised).data);
  if (!parsed.success) return [];
  const { data } = parsed;
  const payload: LiveAnomaly = {
    type: 'anomaly',
    id: event.id,
    timestamp: event.occurredAt,
    kind: data.kind,
    anomalyType: data.kind,
    severity: data.severity,
    title: data.title,
    connection: data.connection?.slug ?? null,
    serverId: data.connection?.id ?? null,
    agent: data.agent,
    user: data.user,
    key: data.key?.label ?? null,
    keyId: data.key?.id ?? null,
    sessionId: data.session,
    toolName: data.tool,
    observed: { value: data.observed.value, unit: data.observed.unit },
    expected: { value: data.expected.value, threshold: data.expected.threshold },
    currentRate: data.observed.value,
    threshold: data.expected.threshold,
    lensQuery: data.lensQuery,
    dedupKey: data.dedupKey,
  };
  return [{ name: 'anomaly', payload }];
}

function alertPayloads(event: EventEnvelope, transition: (typeof ALERT_TYPES)[number]): LivePayload[] {
  const parsed = notificationDeliverySchemas[transition].safeParse(event.data);
  if (!parsed.success) return [];
  const { data } = parsed;
  const payload: LiveAlertTransition = {
    type: 'alert',
    id: data.alertId,
    alertId: data.alertId,
    transition,
    timestamp: event.occurredAt,
    kind: data.kind,
    severity: data.severity,
    title: data.title,
    state: data.state,
    connection: data.connection?.slug ?? null,
    serverId: data.connection?.id ?? null,
    agent: data.agent,
    user: data.user,
    sessionId: data.session,
    toolName: data.tool,
    rule: data.rule,
    occurrences: data.occurrences,
    actor: event.actor.name ?? event.actor.id,
  };
  return [{ name: 'alert', payload }];
}
