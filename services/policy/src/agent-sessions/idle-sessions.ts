import { CONSUMER_GROUPS, TOPICS } from '@portcullis/contracts';
import type { EventLog } from '@portcullis/eventlog';
import type { SqlSession } from '@portcullis/postgres';
import { agentSessionId } from '../sessions-runtime/agent-session-id.js';
import { SESSION_IDLE_MS } from '../sessions-runtime/agent-sessions.js';
import type { AgentSessionRow, AgentSessionTable } from './agent-session-table.js';
import type { SessionEnder } from './session-ender.js';

export const SESSIONS_GROUP = CONSUMER_GROUPS.policy.name;
const BATCH = 100;
/** Several sweeps: one that failed is made up for. */
const USED_WITHIN_MS = 5 * 60_000;
const TOUCHED_AT_ONCE = 5_000;

export interface IdleSessionsOptions {
  readonly database: SqlSession;
  readonly log: Pick<EventLog, 'positions' | 'committed'>;
  readonly sessions: Pick<AgentSessionTable, 'idleSince' | 'complete' | 'touch'>;
  /** Sessions that this replica's calls joined at or after a moment, in milliseconds since 1970. */
  readonly usedSince: (since: number) => Iterable<{ readonly id: string; readonly lastSeenAt: number }>;
  readonly ender: Pick<SessionEnder, 'end'>;
  /** Sessions of this connection and key that events say are over. */
  readonly generation: (connectionId: string, keyId: string) => number;
  readonly now: () => Date;
}

/** Ends sessions that nobody came back to; one that somebody comes back to is ended by that call. */
export class IdleSessions {
  #seen: { readonly at: Date; readonly ends: ReadonlyMap<number, bigint> } | null = null;

  constructor(private readonly options: IdleSessionsOptions) {}

  /**
   * Run once a minute. The table says when a session was last used only as of what has been read from the log, so
   * idleness is counted from the last moment of which everything is known to have been read. What gateways still hold in
   * their spools is not in the log: every replica writes down itself which sessions its calls joined.
   */
  async sweep(): Promise<number> {
    const { database, sessions, now } = this.options;
    await this.#touch(now().getTime() - USED_WITHIN_MS);
    const known = await this.#knownUntil(now());
    if (!known) return 0;
    const since = new Date(known.getTime() - SESSION_IDLE_MS);
    let ended = 0;
    for (let after: AgentSessionRow | null = null; ;) {
      const idle: AgentSessionRow[] = await sessions.idleSince(database, since, BATCH, after);
      for (const session of idle) ended += await this.#end(session);
      after = idle.at(-1) ?? null;
      if (idle.length < BATCH) return ended;
    }
  }

  async #touch(since: number): Promise<void> {
    const { database, sessions, usedSince } = this.options;
    const used = [...usedSince(since)];
    for (let from = 0; from < used.length; from += TOUCHED_AT_ONCE)
      await sessions.touch(database, used.slice(from, from + TOUCHED_AT_ONCE));
  }

  async #end({ id, tenantId, connectionId, keyId, view }: AgentSessionRow): Promise<number> {
    const { database, sessions, ender, generation } = this.options;
    const current = generation(connectionId, keyId);
    const idOf = (number: number) => agentSessionId(tenantId, connectionId, keyId, number);
    if (idOf(current) === id) {
      const lastSeenAt = Date.parse(view.lastSeenAt);
      await ender.end({ tenantId, connectionId, keyId, sessionId: id, generation: current, lastSeenAt });
      return 1;
    }
    // Its end is an event already, written before this row was; unless it is the next one, and the event under way.
    if (idOf(current + 1) !== id) await sessions.complete(database, id, view.lastSeenAt);
    return 0;
  }

  async #knownUntil(now: Date): Promise<Date | null> {
    const { log } = this.options;
    const previous = this.#seen;
    const positions = await log.positions(TOPICS.calls.name);
    const committed = await log.committed(SESSIONS_GROUP, TOPICS.calls.name);
    this.#seen = { at: now, ends: new Map(positions.map(({ partition, end }) => [partition, end])) };
    const covers = (ends: ReadonlyMap<number, bigint>) =>
      [...ends].every(([partition, end]) => end === 0n || (committed.get(partition) ?? 0n) >= end);
    if (covers(this.#seen.ends)) return now;
    return previous && covers(previous.ends) ? previous.at : null;
  }
}
