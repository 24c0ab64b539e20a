import { VersionConflict } from '@portcullis/eventing';
import type { Database } from '@portcullis/postgres';
import { changeStream } from '../commands/command-context.js';
import { serviceContext, type ServiceWork } from '../commands/service-context.js';
import type { EndedSession } from '../sessions-runtime/agent-sessions.js';
import type { AgentSessionTable } from './agent-session-table.js';
import { agentSessionDecider } from './agent-session.decider.js';
import { agentSessionStream } from './agent-session.js';

export interface SessionEnderOptions extends ServiceWork {
  readonly database: Pick<Database, 'transaction'>;
  readonly sessions: Pick<AgentSessionTable, 'complete'>;
  readonly stopped: (tenantId: string, sessionId: string) => boolean;
}

/** Writes that an idle session is over, once: by event, so that every replica opens the next one alike. */
export class SessionEnder {
  constructor(private readonly options: SessionEnderOptions) {}

  async end({
    tenantId,
    sessionId,
    connectionId,
    keyId,
    generation,
    lastSeenAt,
  }: EndedSession): Promise<void> {
    const { database, sessions, stopped } = this.options;
    try {
      await database.transaction(async (session) => {
        const context = serviceContext(this.options, session, tenantId);
        await changeStream(context, {
          stream: agentSessionStream(sessionId),
          decider: agentSessionDecider,
          command: {
            type: 'CompleteSession',
            sessionId,
            connectionId,
            keyId,
            generation,
            lastSeenAt: new Date(lastSeenAt).toISOString(),
            stopped: stopped(tenantId, sessionId),
          },
          alongside: () => sessions.complete(session, sessionId, context.now),
        });
      });
    } catch (error) {
      // Another replica, or an operator, was faster; whoever still sees it idle asks again.
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
}
