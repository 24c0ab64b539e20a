import type { Random } from './random.js';

/** How an agent works. */
export type Habit = 'assistant' | 'service' | 'nightly' | 'weekly' | 'occasional';

export interface Agent {
  readonly name: string;
  readonly keyId: string;
  readonly habit: Habit;
  readonly connection: Connection;
  /** Tools it uses, the favourite first. Grows now and then. */
  readonly tools: string[];
  /** Its noon, in hours from UTC's. */
  readonly zone: number;
  /** For jobs: minute of the day, weekday, and calls of a run. */
  readonly job: { readonly minute: number; readonly weekday: number; readonly calls: number };
  /** For services: calls an hour. */
  readonly rate: number;
}

export interface Connection {
  readonly id: string;
  readonly slug: string;
  /** Noon of the team that uses it, in hours from UTC's. */
  readonly zone: number;
  /** Every tool of the server; none has a destructive name. */
  readonly tools: readonly string[];
  /** Some servers let things be deleted, and some agents do it every day. */
  readonly destructive: string | null;
}

const VERBS = ['get', 'list', 'create', 'update', 'search', 'read', 'write', 'send', 'export', 'query'];
const NOUNS = ['issue', 'file', 'row', 'page', 'message', 'user', 'report', 'branch', 'ticket', 'invoice'];

/** Six in ten are people's assistants; the rest runs by itself. Twelve agents share a connection. */
export function population(count: number, random: Random): { agents: Agent[]; connections: Connection[] } {
  const connections = Array.from({ length: Math.max(1, Math.round(count / 12)) }, (_, n): Connection => {
    const tools = Array.from({ length: 8 + random.below(33) }, (__, t) => {
      return `${VERBS[(t + n) % VERBS.length]}_${NOUNS[Math.floor(t / 2 + n) % NOUNS.length]}${t}`;
    });
    return {
      id: `connection-${n}`,
      slug: `server-${n}`,
      zone: -8 + random.below(17),
      tools,
      destructive: random.chance(0.3) ? `delete_${NOUNS[n % NOUNS.length]}` : null,
    };
  });
  const agents = Array.from({ length: count }, (_, n): Agent => {
    const connection = connections[n % connections.length]!;
    const draw = random.next();
    const habit: Habit =
      draw < 0.6
        ? 'assistant'
        : draw < 0.82
          ? 'service'
          : draw < 0.92
            ? 'nightly'
            : draw < 0.94
              ? 'weekly'
              : 'occasional';
    const tools = random.shuffled(connection.tools).slice(0, 3 + random.below(8));
    return {
      name: `agent-${n}`,
      keyId: `key-${n}`,
      habit,
      connection,
      tools,
      // Most colleagues sit together; one in seven is far away.
      zone: random.chance(6 / 7) ? connection.zone : -8 + random.below(17),
      job: { minute: random.below(24 * 60), weekday: random.below(7), calls: 80 + random.below(520) },
      rate: 1 + random.below(30),
    };
  });
  return { agents, connections };
}
