import { actorName, actorOf, connectionName, type CallSeen } from '../../calls/call-seen.js';
import type { Finding } from '../../findings/finding.js';
import { lensQuery, whole } from '../../findings/lens-query.js';
import { nameInText } from '../../findings/plain-text.js';
import { isCooling, raised, RESTED, silenced, type Cooldown } from '../cooldown.js';
import { quiet, type Detector } from '../detector.js';
import { destructiveVerb, type DestructiveVerb } from './destructive-verb.js';

/** 2: names that only look harmless (lookalikes, accents, digits for letters) are seen through. */
const VERSION = 2;

export interface DestructiveNameSettings {
  readonly cooldownMs: number;
}

const DAY_MS = 24 * 3_600_000;
/** Days on which a caller has used a tool after which that is its routine. */
const ROUTINE_DAYS = 3;
/** A routine that rests for this long is none any more. */
const FORGET_DAYS = 30;
/** Pairs of caller and tool remembered for one connection. */
const MAX_PAIRS = 500;

/** On how many days a caller has used a tool, up to what makes a routine. */
interface Use {
  readonly days: number;
  readonly lastDay: number;
}

export interface DestructiveNameState {
  readonly cooldown: Cooldown;
  /** By caller and tool, those used last at the end. */
  readonly uses: ReadonlyMap<string, Use>;
}

/**
 * A call of a tool whose name says that it destroys, whatever the policy said to it. Every one is raised; what is a
 * caller's routine, or was refused, with low severity.
 */
export function destructiveName({ cooldownMs }: DestructiveNameSettings): Detector<DestructiveNameState> {
  return {
    kind: 'destructive_name',
    version: VERSION,
    sizeOf: ({ uses }) => 1 + uses.size,
    observe(before, call) {
      if (call.kind !== 'tool') return quiet(before);
      const verb = destructiveVerb(call.name);
      if (verb === undefined) return quiet(before);
      const state = before ?? { cooldown: RESTED, uses: new Map() };
      const day = Math.floor(call.at / DAY_MS);
      const pair = `${actorOf(call)}\n${call.name}`;
      const known = state.uses.get(pair);
      const use = known !== undefined && day - known.lastDay <= FORGET_DAYS ? known : undefined;
      const { uses, forgotten } =
        call.outcome === 'denied' ? { uses: state.uses, forgotten: 0 } : withUse(state.uses, pair, use, day);
      if (isCooling(state.cooldown, call.at, cooldownMs)) {
        return quiet({ cooldown: silenced(state.cooldown), uses }, forgotten);
      }
      const finding = findingOf(call, { verb, pair, days: use?.days ?? 0 }, state.cooldown, cooldownMs);
      return { state: { cooldown: raised(call.at), uses }, findings: [finding], forgotten };
    },
  };
}

function withUse(
  known: ReadonlyMap<string, Use>,
  pair: string,
  use: Use | undefined,
  day: number,
): { uses: ReadonlyMap<string, Use>; forgotten: number } {
  if (use !== undefined && use.lastDay >= day) return { uses: known, forgotten: 0 };
  const uses = new Map(known);
  uses.delete(pair);
  uses.set(pair, { days: Math.min(ROUTINE_DAYS, (use?.days ?? 0) + 1), lastDay: day });
  if (uses.size <= MAX_PAIRS) return { uses, forgotten: 0 };
  uses.delete(uses.keys().next().value as string);
  return { uses, forgotten: 1 };
}

function findingOf(
  call: CallSeen,
  { verb, pair, days }: { verb: DestructiveVerb; pair: string; days: number },
  cooldown: Cooldown,
  cooldownMs: number,
): Finding {
  const refused = call.outcome === 'denied';
  const who = nameInText(actorName(call));
  const what = nameInText(call.name);
  const where = nameInText(connectionName(call));
  return {
    kind: 'destructive_name',
    version: VERSION,
    severity: refused || days >= ROUTINE_DAYS ? 'low' : 'medium',
    title: refused ? `${who} was refused ${what} on ${where}` : `${who} called ${what} on ${where}`,
    subject: pair,
    personal: true,
    tool: call.name,
    observed: { value: 1, unit: 'calls', detail: { refused, routine: days >= ROUTINE_DAYS } },
    expected: { value: null, threshold: 1, detail: { pattern: `${verb}_*` } },
    window: { from: call.at, to: call.at + 1 },
    lensQuery: {
      q: lensQuery({
        connection: call.connection && whole(call.connection.slug),
        tool: whole(call.name),
      }),
      from: call.at,
      // Calls the cooldown keeps silent about are shown with it.
      to: call.at + cooldownMs,
    },
    evidence: [call.requestId],
    suppressed: cooldown.suppressed,
    cause: call,
  };
}
