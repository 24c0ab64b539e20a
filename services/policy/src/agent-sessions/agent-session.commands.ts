import { changeStream, notFound, type CommandContext } from '../commands/command-context.js';
import type { CommandHandlers } from '../commands/command-handler.js';
import type { AgentSessionRow, AgentSessionTable } from './agent-session-table.js';
import { agentSessionDecider } from './agent-session.decider.js';
import { agentSessionStream } from './agent-session.js';

export interface AgentSessionCommandsDependencies {
  readonly sessions: AgentSessionTable;
  /** Whether calls made now with this connection and key would join this session. */
  readonly inUse: (session: Pick<AgentSessionRow, 'id' | 'tenantId' | 'connectionId' | 'keyId'>) => boolean;
}

export function agentSessionCommands({
  sessions,
  inUse,
}: AgentSessionCommandsDependencies): Pick<CommandHandlers, 'SuspendSession' | 'ResumeSession'> {
  return {
    async SuspendSession({ type, sessionId, reason }, context) {
      const found = await known(sessionId, context);
      const { connectionId, keyId } = found;
      const { position } = await changeStream(context, {
        stream: agentSessionStream(sessionId),
        decider: agentSessionDecider,
        command: { type, sessionId, connectionId, keyId, reason, inUse: inUse(found) },
        alongside: () => sessions.suspend(context.session, sessionId, context.now, reason),
      });
      return { data: (await known(sessionId, context)).view, position };
    },

    async ResumeSession({ type, sessionId }, context) {
      const { connectionId, keyId } = await known(sessionId, context);
      const { position } = await changeStream(context, {
        stream: agentSessionStream(sessionId),
        decider: agentSessionDecider,
        command: { type, sessionId, connectionId, keyId },
        alongside: () => sessions.resume(context.session, sessionId),
      });
      return { data: (await known(sessionId, context)).view, position };
    },
  };

  async function known(sessionId: string, { session, tenantId }: CommandContext): Promise<AgentSessionRow> {
    const found = await sessions.find(session, tenantId, sessionId);
    if (!found) throw notFound('session', 'session');
    return found;
  }
}
