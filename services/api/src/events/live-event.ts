import type { CallCompleted, CallRefused, EventEnvelope } from '@portcullis/contracts';

/** Names of the live events (contract section 2). */
export type LiveEventName = 'tool_call' | 'session_update' | 'anomaly' | 'hold' | 'alert';

export interface LiveEvent {
  readonly name: LiveEventName;
  readonly tenantId: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What of the log people see as it happens; null for everything else. Arguments and results are never part of it. */
export function liveEventsOf(event: EventEnvelope): LiveEvent[] {
  switch (event.type) {
    case 'CallRefused':
    case 'CallCompleted':
      return callEvents(event as CallRefused | CallCompleted);
    case 'AgentSessionSuspended':
      return [session(event, 'suspended')];
    case 'AgentSessionResumed':
      return [session(event, 'active')];
    case 'AgentSessionCompleted':
      return [session(event, 'completed')];
    case 'KillSwitchEngaged':
    case 'KillSwitchReleased':
      return [killSwitch(event)];
    default:
      return [];
  }
}

function callEvents(event: CallRefused | CallCompleted): LiveEvent[] {
  const { data } = event;
  const payload = {
    id: data.requestId,
    timestamp: data.decidedAt,
    method: data.method,
    toolName: data.kind === 'tool' ? data.name : null,
    target: data.name,
    connection: data.connection?.slug ?? null,
    sessionId: data.agentSession,
    action: data.decision,
    outcome: 'outcome' in data ? data.outcome : 'denied',
    reason: data.reason,
    rule: data.rule,
    user: data.user,
    agent: data.key?.agent ?? null,
    traceId: data.traceId,
    latencyMs: data.latencyMs,
  };
  const call: LiveEvent = { name: 'tool_call', tenantId: event.tenantId, payload: { type: 'tool_call', ...payload } };
  if (data.decision !== 'alert') return [call];
  return [call, { name: 'alert', tenantId: event.tenantId, payload: { type: 'alert', kind: 'policy_alert', ...payload } }];
}

function session(event: EventEnvelope, status: 'active' | 'suspended' | 'completed'): LiveEvent {
  const data = event.data as { sessionId: string; reason?: string };
  return {
    name: 'session_update',
    tenantId: event.tenantId,
    payload: { type: 'session_update', sessionId: data.sessionId, status, reason: data.reason ?? null, timestamp: event.occurredAt },
  };
}

function killSwitch(event: EventEnvelope): LiveEvent {
  const data = event.data as { killSwitchId: string; scope: string; target: string | null; reason?: string };
  return {
    name: 'session_update',
    tenantId: event.tenantId,
    payload: {
      type: 'session_update', status: event.type === 'KillSwitchEngaged' ? 'suspended' : 'active', killSwitchId: data.killSwitchId,
      scope: data.scope, target: data.target, reason: data.reason ?? null, timestamp: event.occurredAt,
    },
  };
}
