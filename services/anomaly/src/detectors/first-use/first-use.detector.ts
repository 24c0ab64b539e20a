import { actorName, actorOf, connectionName, type CallSeen } from '../../calls/call-seen.js';
import type { Finding } from '../../findings/finding.js';
import { actorTerms, lensQuery, whole } from '../../findings/lens-query.js';
import { nameInText } from '../../findings/plain-text.js';
import { isCooling, raised, RESTED, silenced, type Cooldown } from '../cooldown.js';
import { quiet, type Detector, type Observation } from '../detector.js';
import type { FirstUseSettings } from './first-use.settings.js';
import {
  isUsedByOthers,
  NOTHING_KNOWN,
  withoutAgent,
  withRoom,
  withTool,
  type KnownTool,
  type KnownTools,
} from './known-tools.js';

const DAY_MS = 24 * 3_600_000;

export interface FirstUseState {
  readonly known: KnownTools;
  readonly cooldown: Cooldown;
}

/**
 * A tool that reached the upstream for an agent that has called this connection for `learnMs` and never used it. A use
 * that the cooldown keeps silent about is told at the tool's next use.
 */
export function firstUse(settings: FirstUseSettings): Detector<FirstUseState> {
  return {
    kind: 'first_use',
    version: 1,
    sizeOf: ({ known }) => known.pairs,
    observe(before, call) {
      if (!isUse(call)) return quiet(before);
      const state = before ?? { known: NOTHING_KNOWN, cooldown: RESTED };
      const actor = actorOf(call);
      const day = Math.floor(call.at / DAY_MS);
      const agent = state.known.agents.get(actor);
      const tool = agent?.tools.get(call.name);
      const oldest = day - Math.floor(settings.forgetMs / DAY_MS);
      if (agent === undefined || tool === undefined || tool.lastDay < oldest) {
        return observeNew(state, call, { actor, day, oldest }, settings);
      }
      if (!tool.told) return observeWaiting(state, call, { actor, day, since: agent.since, tool }, settings);
      // The most frequent case by far: nothing changes but, once a day, the day.
      if (tool.lastDay >= day) return quiet(before);
      return quiet(remembered(state, actor, call.name, { ...tool, lastDay: day }, agent.since));
    },
  };
}

function observeNew(
  state: FirstUseState,
  call: CallSeen,
  { actor, day, oldest }: { actor: string; day: number; oldest: number },
  settings: FirstUseSettings,
): Observation<FirstUseState> {
  const agent = state.known.agents.get(actor);
  // An agent that was away for that long is as good as new.
  const returned = agent !== undefined && agent.lastDay < oldest;
  const known = withRoom(returned ? withoutAgent(state.known, actor) : state.known, actor, settings);
  const forgotten = state.known.pairs - known.pairs;
  // The smaller one: a clock that was set back must not keep an agent new for ever.
  const since = Math.min(known.agents.get(actor)?.since ?? call.at, call.at);
  const learning = call.at - since < settings.learnMs;
  const cooling = !learning && isCooling(state.cooldown, call.at, settings.cooldownMs);
  const tool = { firstAt: call.at, firstRequest: call.requestId, lastDay: day, told: !cooling };
  const cooldown = cooling ? silenced(state.cooldown) : state.cooldown;
  const next = remembered({ known, cooldown }, actor, call.name, tool, since);
  if (learning || cooling) return quiet(next, forgotten);
  const novel = !isUsedByOthers(known, actor, call.name);
  return {
    state: { ...next, cooldown: raised(call.at) },
    findings: [findingOf(call, { actor, since, first: tool, novel }, state.cooldown, settings)],
    forgotten,
  };
}

/** The tool's first use was within a cooldown. */
function observeWaiting(
  state: FirstUseState,
  call: CallSeen,
  { actor, day, since, tool }: { actor: string; day: number; since: number; tool: KnownTool },
  settings: FirstUseSettings,
): Observation<FirstUseState> {
  if (isCooling(state.cooldown, call.at, settings.cooldownMs)) return quiet(state);
  const novel = !isUsedByOthers(state.known, actor, call.name);
  const next = remembered(state, actor, call.name, { ...tool, lastDay: day, told: true }, since);
  return {
    state: { ...next, cooldown: raised(call.at) },
    findings: [findingOf(call, { actor, since, first: tool, novel }, state.cooldown, settings)],
    forgotten: 0,
  };
}

/** What the upstream refused to know as a tool was not used; what ran into a time limit may have been. */
function isUse({ kind, outcome, error, direction }: CallSeen): boolean {
  if (kind !== 'tool' || direction !== 'client' || outcome === 'denied') return false;
  return outcome !== 'error' || error === 'upstream.timeout';
}

function remembered(
  state: FirstUseState,
  actor: string,
  name: string,
  tool: KnownTool,
  since: number,
): FirstUseState {
  return { ...state, known: withTool(state.known, actor, name, tool, since) };
}

function findingOf(
  call: CallSeen,
  { actor, since, first, novel }: { actor: string; since: number; first: KnownTool; novel: boolean },
  cooldown: Cooldown,
  { learnMs, cooldownMs }: FirstUseSettings,
): Finding {
  const window = { from: Math.min(first.firstAt, call.at), to: call.at + 1 };
  const who = nameInText(actorName(call));
  const what = nameInText(call.name);
  const where = nameInText(connectionName(call));
  const evidence =
    first.firstRequest === call.requestId ? [call.requestId] : [first.firstRequest, call.requestId];
  return {
    kind: 'first_use',
    version: 1,
    severity: novel ? 'medium' : 'low',
    title: `${who} used ${what} on ${where} for the first time${novel ? '; no other agent has' : ''}`,
    subject: `${actor}\n${call.name}`,
    personal: true,
    tool: call.name,
    observed: { value: evidence.length, unit: 'calls', detail: { usedByOthers: !novel } },
    expected: {
      value: 0,
      threshold: 1,
      detail: {
        knownDays: Math.floor((call.at - since) / DAY_MS),
        learningDays: Math.round((learnMs / DAY_MS) * 10) / 10,
      },
    },
    window,
    lensQuery: {
      q: lensQuery({
        connection: call.connection && whole(call.connection.slug),
        ...actorTerms(call),
        tool: whole(call.name),
      }),
      from: window.from,
      to: call.at + cooldownMs,
    },
    evidence,
    suppressed: cooldown.suppressed,
    cause: call,
  };
}
