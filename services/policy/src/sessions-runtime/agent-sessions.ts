import { BoundedMap } from '../state/bounded-map.js';
import type { ApiKey, Connection } from '../state/organization.js';
import { agentSessionId } from './agent-session-id.js';

/** A session nobody uses for this long is over; the next call opens the next one. */
export const SESSION_IDLE_MS = 30 * 60_000;
/** Sessions in use at once in one replica; past it the longest unused one is forgotten, which only loses its counts. */
const LIMIT = 100_000;
const REPEAT_MS = 10_000;

export interface AgentSession {
  readonly id: string;
  readonly generation: number;
  readonly startedAt: number;
  lastSeenAt: number;
  /** Calls of tools, resources and prompts this replica let through. */
  calls: number;
}

/** A session that was found idle by the next call; becomes an `AgentSessionCompleted` event. */
export interface EndedSession {
  readonly tenantId: string;
  readonly connectionId: string;
  readonly keyId: string;
  readonly sessionId: string;
  readonly generation: number;
  readonly lastSeenAt: number;
}

export interface AgentSessionsOptions {
  /** Sessions of this connection and key that events say are over. */
  readonly generation: (connectionId: string, keyId: string) => number;
  /** A session stopped by an operator never ends by idling: its successor would have another id. */
  readonly stopped: (connection: Connection, sessionId: string) => boolean;
  /** Repeated while the event is missing and calls go on. Must not throw. */
  readonly onEnded?: (ended: EndedSession) => void;
}

interface Entry {
  session: AgentSession;
  /** Set while this replica is ahead of the events. */
  ended: EndedSession | null;
  toldAt: number;
}

/**
 * Agent sessions in use: opened in memory, without a write in the call. Which session a call belongs to is said by
 * events (the generation); the replica that sees a call after the idle time goes ahead to the next generation, and the
 * event that follows takes the others along.
 */
export class AgentSessions {
  readonly #entries = new BoundedMap<string, Entry>(LIMIT);

  constructor(private readonly options: AgentSessionsOptions) {}

  get size(): number {
    return this.#entries.size;
  }

  /** Sessions that calls joined here at or after a moment, with the time of the last. */
  *usedSince(since: number): Generator<{ readonly id: string; readonly lastSeenAt: number }> {
    for (const [, { session }] of this.#entries.entries()) if (session.lastSeenAt >= since) yield session;
  }

  /** The session a call made now belongs to. */
  join(connection: Connection, key: ApiKey, now: number): AgentSession {
    const pair = `${connection.id}|${key.id}`;
    const generation = this.options.generation(connection.id, key.id);
    let entry = this.#entries.get(pair);
    if (!entry || entry.session.generation < generation) {
      entry = { session: open(connection, key, generation, now), ended: null, toldAt: 0 };
      this.#entries.set(pair, entry);
    } else if (entry.ended !== null) {
      if (generation >= entry.session.generation) entry.ended = null;
      else if (this.options.stopped(connection, idOf(connection, key, generation))) {
        // Stopped before the end was recorded: the operator meant the session everybody else still sees.
        entry = { session: open(connection, key, generation, now), ended: null, toldAt: 0 };
        this.#entries.set(pair, entry);
      }
    }
    const { session } = entry;
    if (now - session.lastSeenAt >= SESSION_IDLE_MS && !this.options.stopped(connection, session.id)) {
      entry.ended = {
        tenantId: connection.organization.id,
        connectionId: connection.id,
        keyId: key.id,
        sessionId: session.id,
        generation: session.generation,
        lastSeenAt: session.lastSeenAt,
      };
      entry.toldAt = 0;
      entry.session = open(connection, key, session.generation + 1, now);
    }
    entry.session.lastSeenAt = Math.max(entry.session.lastSeenAt, now);
    if (entry.ended !== null && now - entry.toldAt >= REPEAT_MS) {
      entry.toldAt = now;
      this.options.onEnded?.(entry.ended);
    }
    return entry.session;
  }
}

function open(connection: Connection, key: ApiKey, generation: number, now: number): AgentSession {
  return { id: idOf(connection, key, generation), generation, startedAt: now, lastSeenAt: now, calls: 0 };
}

function idOf(connection: Connection, key: ApiKey, generation: number): string {
  return agentSessionId(connection.organization.id, connection.id, key.id, generation);
}
