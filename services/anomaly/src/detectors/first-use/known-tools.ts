/** A tool an agent has used. Days, not moments, say when it was last used, so that most calls change nothing. */
export interface KnownTool {
  readonly firstAt: number;
  readonly firstRequest: string;
  readonly lastDay: number;
  /** False while the finding about it waits for the end of a cooldown. */
  readonly told: boolean;
}

export interface KnownAgent {
  readonly since: number;
  readonly lastDay: number;
  readonly tools: ReadonlyMap<string, KnownTool>;
}

/** Who has used what of one connection. */
export interface KnownTools {
  readonly agents: ReadonlyMap<string, KnownAgent>;
  /** Pairs of agent and tool. */
  readonly pairs: number;
}

export const NOTHING_KNOWN: KnownTools = { agents: new Map(), pairs: 0 };

export function withTool(
  known: KnownTools,
  agent: string,
  name: string,
  tool: KnownTool,
  since: number,
): KnownTools {
  const before = known.agents.get(agent);
  const isNew = before?.tools.has(name) !== true;
  const tools = new Map(before?.tools).set(name, tool);
  const lastDay = Math.max(before?.lastDay ?? tool.lastDay, tool.lastDay);
  return {
    agents: new Map(known.agents).set(agent, { since, lastDay, tools }),
    pairs: known.pairs + (isNew ? 1 : 0),
  };
}

export function isUsedByOthers(known: KnownTools, agent: string, name: string): boolean {
  for (const [other, { tools }] of known.agents) if (other !== agent && tools.has(name)) return true;
  return false;
}

/** Without an agent. */
export function withoutAgent(known: KnownTools, agent: string): KnownTools {
  const agents = new Map(known.agents);
  agents.delete(agent);
  return { agents, pairs: known.pairs - (known.agents.get(agent)?.tools.size ?? 0) };
}

/**
 * With room for another tool of the agent. Its own tools that were not used for longest make room for it; when the whole
 * is full, the agents that have not called for longest. A tenth goes at once, so that a full memory is not gone through
 * with every call.
 */
export function withRoom(
  known: KnownTools,
  agent: string,
  { maxPairs, maxTools }: { readonly maxPairs: number; readonly maxTools: number },
): KnownTools {
  const own = known.agents.get(agent);
  let room = known;
  if (own !== undefined && own.tools.size >= maxTools) {
    const byAge = [...own.tools].sort(([, a], [, b]) => a.lastDay - b.lastDay);
    const tools = new Map(byAge.slice(own.tools.size - Math.floor(maxTools * KEPT)));
    const agents = new Map(known.agents).set(agent, { ...own, tools });
    room = { agents, pairs: known.pairs - own.tools.size + tools.size };
  }
  if (room.pairs < maxPairs) return room;
  const agents = new Map(room.agents);
  let { pairs } = room;
  for (const [name, { tools }] of [...agents].sort(([, a], [, b]) => a.lastDay - b.lastDay)) {
    if (pairs <= maxPairs * KEPT) break;
    if (name === agent) continue;
    agents.delete(name);
    pairs -= tools.size;
  }
  return { agents, pairs };
}

const KEPT = 0.9;
