import { randomBytes } from 'node:crypto';
import type { Caller, ErrorProfile, GatewayConnection } from '@portcullis/contracts';
import type { Deadlines, Timed } from './deadlines.js';
import type { Reachable } from './reachable.js';
import type { UpstreamSession } from './upstream-exchange.js';

export interface SessionSeed {
  readonly id: string;
  readonly slug: string;
  readonly digest: string;
  readonly caller: Caller;
  readonly agentSession: string | null;
  readonly connection: GatewayConnection;
  readonly errorProfile: ErrorProfile;
  /** The upstream's own session id; null when it keeps none. Never shown to the client. */
  readonly upstreamId: string | null;
  readonly revision: string;
  readonly client: { readonly name: string; readonly version: string } | null;
  readonly clientCapabilities: Readonly<Record<string, unknown>>;
  readonly serverCapabilities: Readonly<Record<string, unknown>>;
}

/**
 * A client's `Mcp-Session-Id` session: one session at one upstream, bound to the key that opened it and to nothing it
 * asserts. Ids of requests are therefore each side's own and go through unchanged, save for what an upstream asks of
 * the client: those get ids of this session, so that a late answer cannot meet a newer question.
 */
export class ProtocolSession {
  lastUsed = performance.now();
  connection: GatewayConnection;
  ended = false;
  /** Calls, streams and questions under way: while there are any, the session is not idle. */
  users = 0;
  openStreams = 0;
  /** Ids given to what the upstream asks: never used twice within a session. */
  lastServerRequestId = 0;
  readonly upstreamSession: UpstreamSession;

  constructor(readonly seed: SessionSeed) {
    this.connection = seed.connection;
    this.upstreamSession = { sessionId: seed.upstreamId, revision: seed.revision };
  }

  get id(): string {
    return this.seed.id;
  }

  get owner(): Reachable {
    const { caller, agentSession, connection } = this.seed;
    return {
      tenantId: caller.tenantId,
      agentSession,
      connectionId: connection.id,
      keyId: caller.key.id,
    };
  }
}

export interface SessionLimits {
  readonly sessions: number;
  readonly sessionsPerKey: number;
  readonly sessionIdleMs: number;
}

const SWEEP_MS = 5_000;

export class ProtocolSessions implements Timed {
  deadline = 0;
  /** In order of last use: the first is the one longest unused. */
  private readonly sessions = new Map<string, ProtocolSession>();
  private readonly countByKey = new Map<string, number>();

  constructor(
    private readonly limits: SessionLimits,
    /** Told of each session that went without its client's asking, so that the upstream can be told. */
    private readonly onDropped: (session: ProtocolSession) => void,
    deadlines: Deadlines,
  ) {
    deadlines.add(this);
  }

  get size(): number {
    return this.sessions.size;
  }

  /** Unguessable, and no authentication: `find` wants the key as well. */
  newId(): string {
    return randomBytes(24).toString('base64url');
  }

  /** Undefined when it does not exist for this caller: another key's session looks like none. */
  find(id: string, digest: string, slug: string): ProtocolSession | undefined {
    const session = this.sessions.get(id);
    if (session === undefined || session.seed.digest !== digest || session.seed.slug !== slug)
      return undefined;
    session.lastUsed = performance.now();
    this.sessions.delete(id);
    this.sessions.set(id, session);
    return session;
  }

  /** Undefined when there is no room and nothing idle to make some. */
  open(seed: SessionSeed): ProtocolSession | undefined {
    const count = this.countByKey.get(seed.digest) ?? 0;
    if (
      count >= this.limits.sessionsPerKey &&
      !this.dropIdle((session) => session.seed.digest === seed.digest)
    )
      return undefined;
    if (this.sessions.size >= this.limits.sessions && !this.dropIdle(() => true)) return undefined;
    const session = new ProtocolSession(seed);
    this.sessions.set(session.id, session);
    this.countByKey.set(seed.digest, (this.countByKey.get(seed.digest) ?? 0) + 1);
    return session;
  }

  end(session: ProtocolSession): void {
    if (session.ended) return;
    session.ended = true;
    this.sessions.delete(session.id);
    const count = (this.countByKey.get(session.seed.digest) ?? 1) - 1;
    if (count === 0) this.countByKey.delete(session.seed.digest);
    else this.countByKey.set(session.seed.digest, count);
  }

  *all(): IterableIterator<ProtocolSession> {
    yield* this.sessions.values();
  }

  onDeadline(now: number): void {
    this.deadline = now + SWEEP_MS;
    for (const session of this.sessions.values()) {
      if (session.lastUsed + this.limits.sessionIdleMs > now) break;
      if (session.users === 0) this.drop(session);
    }
  }

  private dropIdle(which: (session: ProtocolSession) => boolean): boolean {
    for (const session of this.sessions.values()) {
      if (session.users > 0 || !which(session)) continue;
      this.drop(session);
      return true;
    }
    return false;
  }

  private drop(session: ProtocolSession): void {
    this.end(session);
    this.onDropped(session);
  }
}
