import { actorName, actorOf, connectionName, type CallSeen } from '../../calls/call-seen.js';
import type { Finding } from '../../findings/finding.js';
import { actorTerms, lensQuery, whole } from '../../findings/lens-query.js';
import { nameInText, plural } from '../../findings/plain-text.js';
import { clockWentBack } from '../clock-reversal.js';
import { isCooling, raised, RESTED, silenced, type Cooldown } from '../cooldown.js';
import { quiet, type Detector } from '../detector.js';
import type { DenialBurstSettings } from './denial-burst.settings.js';

/** Refusals somebody meets who tries what he may not. Rate limits, kill switches and outages are none of his doing. */
export const DENIAL_REASONS = [
  'policy.denied',
  'hold.denied',
  'auth.insufficient_scope',
  'connection.not_found',
] as const;
const REASONS: ReadonlySet<string> = new Set(DENIAL_REASONS);

/** Denials remembered of one caller. */
export const MAX_DENIALS = 64;

interface Denial {
  readonly at: number;
  readonly target: string;
  readonly digest: string | null;
  readonly requestId: string;
}

/** Denials by caller, those denied last at the end. */
export interface DenialBurstState {
  readonly actors: ReadonlyMap<string, readonly Denial[]>;
  readonly newestAt: number;
  readonly cooldown: Cooldown;
}

/**
 * One caller is denied many different calls, or different tools, within ten minutes: probing. The same call with the same
 * arguments counts once, however often it is retried. What was told does not count again.
 */
export function denialBurst(settings: DenialBurstSettings): Detector<DenialBurstState> {
  return {
    kind: 'denial_burst',
    version: 1,
    sizeOf: ({ actors }) => actors.size,
    observe(before, call) {
      if (call.outcome !== 'denied' || call.reason === null || !REASONS.has(call.reason))
        return quiet(before);
      const state = before ?? { actors: new Map(), newestAt: call.at, cooldown: RESTED };
      const back = clockWentBack(state.newestAt, call);
      const newestAt = back ? call.at : Math.max(state.newestAt, call.at);
      if (call.at <= newestAt - settings.windowMs) return quiet(before);
      const actor = actorOf(call);
      const denials = withDenial(state.actors.get(actor) ?? [], call, newestAt, settings.windowMs, back);
      const { actors, forgotten } = withActor(state.actors, actor, denials, settings.maxActors);
      const next = { actors, newestAt, cooldown: state.cooldown };
      const targets = new Set(denials.map(({ target }) => target)).size;
      if (denials.length < settings.denials && targets < settings.targets) return quiet(next, forgotten);
      if (isCooling(state.cooldown, call.at, settings.cooldownMs)) {
        return quiet({ ...next, cooldown: silenced(state.cooldown) }, forgotten);
      }
      const without = new Map(actors);
      without.delete(actor);
      return {
        state: { actors: without, newestAt, cooldown: raised(call.at) },
        findings: [findingOf(call, actor, denials, targets, state.cooldown, settings)],
        forgotten,
      };
    },
  };
}

/** In the order of their time; a retried call moves to its latest time. */
function withDenial(
  known: readonly Denial[],
  call: CallSeen,
  newestAt: number,
  windowMs: number,
  back: boolean,
): readonly Denial[] {
  const denial = {
    at: call.at,
    target: call.name || call.method,
    digest: call.argumentsDigest,
    requestId: call.requestId,
  };
  const again = known.find(({ target, digest }) => target === denial.target && digest === denial.digest);
  const kept = known.filter(
    (one) => one !== again && one.at > newestAt - windowMs && !(back && one.at > newestAt),
  );
  const latest = again !== undefined && again.at > denial.at && !back ? again : denial;
  const at = kept.findLastIndex((one) => one.at <= latest.at) + 1;
  return [...kept.slice(0, at), latest, ...kept.slice(at)].slice(-MAX_DENIALS);
}

function withActor(
  known: ReadonlyMap<string, readonly Denial[]>,
  actor: string,
  denials: readonly Denial[],
  maxActors: number,
): { actors: ReadonlyMap<string, readonly Denial[]>; forgotten: number } {
  const actors = new Map(known);
  // Set anew, it stands last: the first is the one that was denied longest ago.
  actors.delete(actor);
  actors.set(actor, denials);
  let forgotten = 0;
  for (const name of actors.keys()) {
    if (actors.size <= maxActors) break;
    actors.delete(name);
    forgotten += 1;
  }
  return { actors, forgotten };
}

function findingOf(
  call: CallSeen,
  actor: string,
  denials: readonly Denial[],
  targets: number,
  cooldown: Cooldown,
  settings: DenialBurstSettings,
): Finding {
  const window = { from: denials[0]!.at, to: denials.at(-1)!.at + 1 };
  const who = nameInText(actorName(call));
  const where = nameInText(connectionName(call));
  const minutes = Math.round(settings.windowMs / 60_000);
  return {
    kind: 'denial_burst',
    version: 1,
    severity: targets >= settings.targets ? 'high' : 'medium',
    title: `${who} was denied ${plural(denials.length, 'different call')} of ${plural(targets, 'target')} on ${where} within ${plural(minutes, 'minute')}`,
    subject: actor,
    personal: true,
    tool: null,
    observed: { value: denials.length, unit: 'denials', detail: { targets } },
    expected: {
      value: null,
      threshold: settings.denials,
      detail: { targets: settings.targets, windowMinutes: minutes },
    },
    window,
    lensQuery: {
      q: lensQuery({
        connection: call.connection && whole(call.connection.slug),
        ...actorTerms(call),
        reason: DENIAL_REASONS,
      }),
      ...window,
    },
    evidence: denials.map(({ requestId }) => requestId),
    suppressed: cooldown.suppressed,
    cause: call,
  };
}
