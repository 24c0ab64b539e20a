import type { OpenStreams } from './open-streams.js';
import type { ProtocolSession, ProtocolSessions } from './protocol-sessions.js';
import type { ServerRequests } from './server-requests.js';

/** Ends a session on this side: its id is worth nothing any more, its streams close, nobody answers its upstream. */
export class SessionEnd {
  constructor(
    private readonly sessions: ProtocolSessions,
    private readonly streams: OpenStreams,
    private readonly serverRequests: ServerRequests,
  ) {}

  end(session: ProtocolSession, reason: string): void {
    this.sessions.end(session);
    this.serverRequests.cut(session, reason);
    this.streams.closeSession(session);
  }
}
