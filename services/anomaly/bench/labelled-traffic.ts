import type { CallSeen } from '../src/calls/call-seen.js';
import { attackOf, SCENARIOS, type Attack, type Scenario } from './attacks.js';
import { callOf, type Draft } from './call-record.js';
import { population, type Agent, type Connection } from './population.js';
import { distributions, type Random } from './random.js';

export interface TrafficOptions {
  readonly seed: number;
  readonly agents: number;
  readonly days: number;
  /** Days at the start without attacks, for detectors to learn. */
  readonly learningDays: number;
  /** Attacks of each scenario, spread over the days after. 0: clean traffic. */
  readonly attacks: number;
}

export interface LabelledTraffic {
  readonly attacks: readonly Attack[];
  readonly connections: readonly Connection[];
  /** Calls of each day, in the order a log would take them. */
  days(): Iterable<readonly CallSeen[]>;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday. */
const START = Date.UTC(2026, 2, 2);

/**
 * Calls of agents at their work, with attacks among them whose place is known. The same options give the same calls.
 *
 * What is assumed of harmless traffic, because it is what wakes people up at night: work begins in the morning and pauses
 * on weekends, sessions come in bursts of very different size, jobs run at the same minute every night or week, some
 * agents call once in a few days, an assistant now and then waits for something by asking for it every five seconds, or goes
 * through a hundred things of a kind, one agent-day in forty brings a tool that is new to the agent, one call in a hundred is
 * refused, on a tool the agent may not use, and tried again, and now and then a new configuration is refused many different calls.
 */
export function labelledTraffic(options: TrafficOptions): LabelledTraffic {
  const random = distributions(options.seed);
  const { agents, connections } = population(options.agents, random);
  const attacks = plannedAttacks(options, agents, distributions(options.seed + 1));
  return {
    attacks,
    connections,
    days: function* () {
      let sequence = 0;
      let carried: Draft[] = [];
      for (let day = 0; day < options.days; day += 1) {
        const drafts = [...carried, ...agents.flatMap((agent) => harmlessDay(agent, day, random))];
        for (const attack of attacks)
          if (Math.floor((attack.from - START) / DAY) === day) drafts.push(...attack.calls);
        drafts.sort((a, b) => a.at + a.latencyMs - (b.at + b.latencyMs));
        const end = START + (day + 1) * DAY;
        const firstOfNext = drafts.findIndex(({ at, latencyMs }) => at + latencyMs >= end);
        carried = firstOfNext === -1 ? [] : drafts.splice(firstOfNext);
        yield drafts.map((draft) => callOf(draft, sequence++));
      }
    },
  };
}

function plannedAttacks(
  { attacks, learningDays, days }: TrafficOptions,
  agents: readonly Agent[],
  random: Random,
): Attack[] {
  const planned: Attack[] = [];
  for (const scenario of SCENARIOS) {
    for (let n = 0; n < attacks; n += 1) {
      // Each has a connection and hour of its own as far as they go round, so that one does not hide another.
      const free = (agent: Agent, from: number) =>
        !planned.some(
          ({ connection, from: other }) =>
            connection === agent.connection.id && Math.abs(other - from) < 3 * HOUR,
        );
      for (let attempt = 0; attempt < 50; attempt += 1) {
        const agent = agents[random.below(agents.length)]!;
        const from =
          START + learningDays * DAY + Math.floor(random.next() * ((days - learningDays) * DAY - HOUR));
        if (!isPossible(scenario, agent) || !free(agent, from)) continue;
        planned.push(attackOf(scenario, agent, from, random));
        break;
      }
    }
  }
  return planned;
}

/** A new tool can only be taken by somebody who is known, and where there is one left. */
function isPossible(scenario: Scenario, agent: Agent): boolean {
  return scenario !== 'new tool' || (agent.habit !== 'occasional' && agent.habit !== 'weekly');
}

function harmlessDay(agent: Agent, day: number, random: Random): Draft[] {
  const drafts: Draft[] = [];
  const midnight = START + day * DAY;
  const weekday = day % 7;
  if (random.chance(1 / 40)) {
    const fresh = agent.connection.tools.find((tool) => !agent.tools.includes(tool));
    if (fresh !== undefined) agent.tools.push(fresh);
  }
  const session = (at: number, calls: number, gapMs: number) => {
    for (let count = 0; count < calls; count += 1) {
      at += random.exponential(gapMs);
      drafts.push(...harmlessCall(agent, Math.floor(at), random));
    }
  };
  const sessionSize = () => Math.min(400, Math.ceil(random.logNormal(12, 1)));
  switch (agent.habit) {
    case 'assistant': {
      const sessions = random.poisson(weekday < 5 ? 6 : 0.3);
      for (let count = 0; count < sessions; count += 1) {
        // Work is between nine and six where the agent's people are, a little of it later.
        const hour = random.chance(0.93) ? 9 + random.next() * 9 : random.next() * 24;
        session(midnight + ((hour - agent.zone + 24) % 24) * HOUR, sessionSize(), 8 * SECOND);
      }
      if (weekday < 5 && random.chance(0.05)) drafts.push(...waiting(agent, midnight, random));
      if (weekday < 5 && random.chance(0.02)) drafts.push(...thorough(agent, midnight, random));
      break;
    }
    case 'service':
      for (let hour = 0; hour < 24; hour += 1) {
        const local = (hour + agent.zone + 24) % 24;
        const rhythm = weekday < 5 && local >= 8 && local < 19 ? 1.5 : 0.6;
        // Over-dispersed: some hours are far busier than others.
        const calls = random.poisson(agent.rate * rhythm * random.logNormal(1, 0.5));
        for (let count = 0; count < calls; count += 1) {
          drafts.push(...harmlessCall(agent, midnight + Math.floor((hour + random.next()) * HOUR), random));
        }
      }
      break;
    case 'nightly':
    case 'weekly':
      if (agent.habit === 'nightly' || weekday === agent.job.weekday) {
        const begin = midnight + agent.job.minute * MINUTE + random.next() * 2 * MINUTE;
        session(begin, Math.ceil(agent.job.calls * random.logNormal(1, 0.1)), 0.6 * SECOND);
      }
      break;
    case 'occasional':
      if (random.chance(0.3)) session(midnight + random.next() * DAY, sessionSize(), 8 * SECOND);
      break;
  }
  if (random.chance(1 / 400)) drafts.push(...misconfigured(agent, midnight + random.next() * DAY, random));
  return drafts;
}

function harmlessCall(agent: Agent, at: number, random: Random): Draft[] {
  const { destructive } = agent.connection;
  const tool =
    destructive !== null && agent.name.endsWith('7') && random.chance(0.02)
      ? destructive
      : agent.tools[random.favourite(agent.tools.length)]!;
  const latencyMs = Math.ceil(Math.min(60_000, random.logNormal(120, 1)));
  const call = { agent, at, latencyMs, tool, refused: false, argument: random.below(1_000_000) };
  if (!random.chance(0.01)) return [call];
  // Policies refuse tools, so it is always the same one; and it is tried again as it was.
  const tries = 1 + random.below(random.chance(0.05) ? 30 : 3);
  const refused = { ...call, tool: agent.tools[0]!, latencyMs: 2, refused: true };
  return Array.from({ length: tries }, (_, n) => ({ ...refused, at: at + n * 2 * SECOND }));
}

/** The assistant asks for one thing again and again until it is done. */
function waiting(agent: Agent, midnight: number, random: Random): Draft[] {
  const [from, tool] = [atWork(agent, midnight, random), agent.tools[random.below(agent.tools.length)]!];
  const call = { agent, latencyMs: 80, tool, refused: false, argument: random.below(1_000_000) };
  return Array.from({ length: 60 + random.below(240) }, (_, n) => ({ ...call, at: from + n * 5 * SECOND }));
}

/** The assistant goes through much of one kind, as it was told to. */
function thorough(agent: Agent, midnight: number, random: Random): Draft[] {
  const [from, tool] = [atWork(agent, midnight, random), agent.tools[0]!];
  return Array.from({ length: 40 + random.below(100) }, (_, n) => ({
    agent,
    at: from + n * 6 * SECOND,
    latencyMs: 80,
    tool,
    refused: false,
    argument: random.below(1_000_000),
  }));
}

function atWork(agent: Agent, midnight: number, random: Random): number {
  return Math.floor(midnight + ((9 + random.next() * 9 - agent.zone + 24) % 24) * HOUR);
}

/**
 * Somebody's new configuration is refused, and the agent tries what else it could do: mostly what it has always used, now
 * and then what it never has.
 */
function misconfigured(agent: Agent, from: number, random: Random): Draft[] {
  const tools = random.chance(0.2) ? agent.connection.tools : agent.tools;
  return Array.from({ length: 4 + random.below(12) }, (_, n) => ({
    agent,
    at: Math.floor(from + n * 20 * SECOND),
    latencyMs: 2,
    tool: tools[random.favourite(tools.length)]!,
    refused: true,
    argument: random.below(1_000_000),
  }));
}
