import type { LiveToolCall } from '@portcullis/contracts';
import { VERDICTS, type Verdict } from '../theme/verdict-colours.js';

/** Calls kept in the page, newest first; older ones are in Lens. */
export const CALLS_KEPT = 2_000;
/** Minutes of the strip. */
export const STRIP_MINUTES = 30;
const AGENT_MINUTES = 5;

export interface AgentSeen {
  readonly agent: string;
  readonly calls: number;
  readonly lastAt: number;
}

/** What was called before the stream began, as far as it is shown. */
export interface LivePast {
  /** Newest first. */
  readonly calls: readonly LiveToolCall[];
  readonly minutes: ReadonlyMap<number, Partial<Readonly<Record<Verdict, number>>>>;
  readonly agents: readonly AgentSeen[];
}

/** What the page shows of the stream. A new object for each change. */
export interface LiveWindow {
  readonly calls: readonly LiveToolCall[];
  /** Calls that came while the list stood still, newest first; at most as many as are kept. */
  readonly held: readonly LiveToolCall[];
  readonly heldCount: number;
  readonly dropped: number;
  readonly seen: number;
  /** Minute since the epoch -> calls by verdict. */
  readonly minutes: ReadonlyMap<number, Readonly<Record<Verdict, number>>>;
  readonly agents: ReadonlyMap<string, AgentSeen>;
}

export const EMPTY_WINDOW: LiveWindow = {
  calls: [],
  held: [],
  heldCount: 0,
  dropped: 0,
  seen: 0,
  minutes: new Map(),
  agents: new Map(),
};

const NONE = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;

/** The window after some more calls, oldest first. While it is paused the list stands still and the rest goes on. */
export function withCalls(
  before: LiveWindow,
  came: readonly LiveToolCall[],
  paused: boolean,
  now: number,
): LiveWindow {
  if (came.length === 0) return before;
  const newest = [...came].reverse();
  const minutes = new Map(before.minutes);
  const agents = new Map(before.agents);
  for (const call of came) {
    const at = Date.parse(call.timestamp);
    const minute = Math.floor(at / 60_000);
    const counts = minutes.get(minute) ?? NONE;
    minutes.set(minute, { ...counts, [call.action]: counts[call.action] + 1 });
    const agent = call.agent ?? call.key ?? 'unknown';
    const known = agents.get(agent);
    agents.set(agent, { agent, calls: (known?.calls ?? 0) + 1, lastAt: Math.max(at, known?.lastAt ?? 0) });
  }
  const first = Math.floor(now / 60_000) - STRIP_MINUTES;
  for (const minute of minutes.keys()) if (minute < first) minutes.delete(minute);
  for (const [name, { lastAt }] of agents) if (lastAt < now - AGENT_MINUTES * 60_000) agents.delete(name);
  const list = paused
    ? { held: [...newest, ...before.held].slice(0, CALLS_KEPT), heldCount: before.heldCount + came.length }
    : { calls: [...newest, ...before.calls].slice(0, CALLS_KEPT) };
  return { ...before, ...list, minutes, agents, seen: before.seen + came.length };
}

/** The window with what was before it. A call that came over the stream and is in the store by now counts once. */
export function withPast(before: LiveWindow, past: LivePast, now: number): LiveWindow {
  const known = new Set(past.calls.map(({ id }) => id));
  const came = [...before.held, ...before.calls].filter(({ id }) => !known.has(id)).reverse();
  const start: LiveWindow = {
    ...EMPTY_WINDOW,
    calls: past.calls,
    minutes: new Map([...past.minutes].map(([minute, counts]) => [minute, { ...NONE, ...counts }])),
    agents: new Map(past.agents.map((seen) => [seen.agent, seen])),
  };
  return { ...withCalls(start, came, false, now), dropped: before.dropped, seen: before.seen };
}

export function resumed(before: LiveWindow): LiveWindow {
  return { ...before, calls: [...before.held, ...before.calls].slice(0, CALLS_KEPT), held: [], heldCount: 0 };
}

/** The last half hour, oldest minute first. */
export function stripOf({ minutes }: LiveWindow, now: number): readonly Readonly<Record<Verdict, number>>[] {
  const last = Math.floor(now / 60_000);
  return Array.from(
    { length: STRIP_MINUTES },
    (_, index) => minutes.get(last - STRIP_MINUTES + 1 + index) ?? NONE,
  );
}

/** Most calls first. */
export function agentsNow({ agents }: LiveWindow, now: number): AgentSeen[] {
  return [...agents.values()]
    .filter(({ lastAt }) => lastAt >= now - AGENT_MINUTES * 60_000)
    .sort((a, b) => b.calls - a.calls);
}
