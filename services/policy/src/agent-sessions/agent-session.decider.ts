import type { PolicyEventData } from '@portcullis/contracts';
import { Rejection, type Decider } from '@portcullis/eventing';
import {
  evolveAgentSession,
  untouchedSession,
  type AgentSessionEvent,
  type AgentSessionState,
} from './agent-session.js';

export type AgentSessionCommand =
  | ({
      type: 'SuspendSession';
      /**
       * Calls made now would still join this session. A session may have been completed while an operator's stop kept
       * it from ending, and must then not be out of reach.
       */
      inUse: boolean;
    } & PolicyEventData<'AgentSessionSuspended'>)
  | ({ type: 'ResumeSession' } & PolicyEventData<'AgentSessionResumed'>)
  | ({
      type: 'CompleteSession';
      /** An operator's kill switch is on the session: idling must be no way out of it. */
      stopped: boolean;
    } & PolicyEventData<'AgentSessionCompleted'>);

export const agentSessionDecider: Decider<AgentSessionState, AgentSessionCommand, AgentSessionEvent> = {
  initialState: untouchedSession,
  evolve: evolveAgentSession,
  decide(command, state) {
    switch (command.type) {
      case 'SuspendSession': {
        if (state.status === 'suspended') return [];
        if (state.status === 'completed' && !command.inUse) {
          throw new Rejection(
            'session.completed',
            'conflict',
            'The session is over; its successor has another id.',
          );
        }
        const { sessionId, connectionId, keyId, reason } = command;
        return [{ type: 'AgentSessionSuspended', data: { sessionId, connectionId, keyId, reason } }];
      }
      case 'ResumeSession': {
        if (state.status !== 'suspended') return [];
        const { sessionId, connectionId, keyId } = command;
        return [{ type: 'AgentSessionResumed', data: { sessionId, connectionId, keyId } }];
      }
      case 'CompleteSession': {
        if (state.status !== 'active' || command.stopped) return [];
        const { sessionId, connectionId, keyId, generation, lastSeenAt } = command;
        return [
          { type: 'AgentSessionCompleted', data: { sessionId, connectionId, keyId, generation, lastSeenAt } },
        ];
      }
    }
  },
};
