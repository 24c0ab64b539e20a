import type { PolicyDomainEvent } from '@portcullis/contracts';

export type AgentSessionEvent = Extract<
  PolicyDomainEvent,
  { type: 'AgentSessionSuspended' | 'AgentSessionResumed' | 'AgentSessionCompleted' }
>;

/** Sessions open without an event; a session nobody touched is active. */
export interface AgentSessionState {
  readonly status: 'active' | 'suspended' | 'completed';
}

export const untouchedSession: AgentSessionState = { status: 'active' };

export function evolveAgentSession(_: AgentSessionState, event: AgentSessionEvent): AgentSessionState {
  switch (event.type) {
    case 'AgentSessionSuspended':
      return { status: 'suspended' };
    case 'AgentSessionResumed':
      return { status: 'active' };
    case 'AgentSessionCompleted':
      return { status: 'completed' };
  }
}

export function agentSessionStream(sessionId: string): string {
  return `agent-session-${sessionId}`;
}
