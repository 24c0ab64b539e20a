import { actorName, actorOf, connectionName, type CallSeen } from '../../calls/call-seen.js';
import type { Finding } from '../../findings/finding.js';
import { actorTerms, lensQuery, whole } from '../../findings/lens-query.js';
import { nameInText, plural } from '../../findings/plain-text.js';
import { clockWentBack } from '../clock-reversal.js';
import { isCooling, raised, RESTED, silenced, type Cooldown } from '../cooldown.js';
import { quiet, type Detector } from '../detector.js';
import { isUsedByOthers } from '../first-use/known-tools.js';
import { isUnusual, usualCounts, withCounts, type DenialCounts, type DeniedDay } from './denial-habit.js';
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
  /** Whether the caller has used this tool before, and whether anybody has. Older states do not say it. */
  readonly used?: boolean;
  readonly usedByOthers?: boolean;
  /** A finding of low severity has told of it. */
  readonly told?: boolean;
}

/** Denials by caller, those denied last at the end. What is optional is missing in older states. */
export interface DenialBurstState {
  readonly actors: ReadonlyMap<string, readonly Denial[]>;
  /** The most of each day, by caller. */
  readonly days?: ReadonlyMap<string, readonly DeniedDay[]>;
  readonly newestAt: number;
  readonly cooldown: Cooldown;
  /** Of findings of low severity, which must not silence the others. */
  readonly lowCooldown?: Cooldown;
}

type Severity = 'low' | 'medium' | 'high';

/**
 * One caller is denied many different calls, or different tools, within ten minutes. The same call with the same arguments
 * counts once, however often it is retried. What was told does not count again.
 *
 * Who feels out what there is meets tools he has never used: that is probing, and high where nobody uses them either, or
 * where they are many. Many calls of one tool, or very many of several, are medium: arguments are tried. A caller who is refused a little of everything he works with has mostly lost
 * access by a change of policies, and one who is refused as much every other day does what he always does: both are low.
 */
export function denialBurst(settings: DenialBurstSettings): Detector<DenialBurstState> {
  return {
    kind: 'denial_burst',
    version: 2,
    sizeOf: ({ actors, days }) => actors.size + (days?.size ?? 0),
    observe(before, call, _own, known) {
      if (call.outcome !== 'denied' || call.reason === null || !REASONS.has(call.reason))
        return quiet(before);
      const state: DenialBurstState = before ?? { actors: new Map(), newestAt: call.at, cooldown: RESTED };
      const back = clockWentBack(state.newestAt, call);
      const newestAt = back ? call.at : Math.max(state.newestAt, call.at);
      if (call.at <= newestAt - settings.windowMs) return quiet(before);
      const actor = actorOf(call);
      const used = known?.agents.get(actor)?.tools.has(call.name) ?? false;
      const usedByOthers = !used && known !== undefined && isUsedByOthers(known, actor, call.name);
      const earlier = state.actors.get(actor) ?? [];
      const denials = withDenial(earlier, call, { used, usedByOthers }, newestAt, settings.windowMs, back);
      const counts = countsOf(denials);
      const daysBefore = state.days?.get(actor) ?? [];
      const usual = usualCounts(daysBefore, call.at);
      const remembered = withCounts(daysBefore, call.at, capped(counts, settings));
      const actors = withLatest(state.actors, actor, denials, settings.maxActors);
      const days = withLatest(state.days ?? new Map(), actor, remembered, settings.maxActors);
      const forgotten = state.actors.size + (state.actors.has(actor) ? 0 : 1) - actors.size;
      const next = { ...state, actors, days, newestAt };
      const severity = severityOf(denials, counts, usual, settings);
      if (severity === undefined) return quiet(next, forgotten);
      const cooling = severity === 'low' ? 'lowCooldown' : 'cooldown';
      const cooldown = next[cooling] ?? RESTED;
      if (isCooling(cooldown, call.at, settings.cooldownMs)) {
        return quiet({ ...next, [cooling]: silenced(cooldown) }, forgotten);
      }
      const left = new Map(actors);
      // What was told in a low voice may still become a burst that is not low.
      if (severity === 'low') left.set(actor, denials.map(toldOf));
      else left.delete(actor);
      const told = severity === 'low' ? denials.filter(isUntold) : denials;
      return {
        state: { ...next, actors: left, [cooling]: raised(call.at) },
        findings: [findingOf(call, severity, told, { usual, cooldown, settings })],
        forgotten,
      };
    },
  };
}

/** Undefined: no burst. */
function severityOf(
  denials: readonly Denial[],
  { calls, neverUsed }: DenialCounts,
  usual: DenialCounts,
  settings: DenialBurstSettings,
): Severity | undefined {
  const guessed = targetsOf(
    denials.filter(({ used, usedByOthers }) => used !== true && usedByOthers !== true),
  );
  if (isUnusual(neverUsed, usual.neverUsed)) {
    if (guessed >= settings.targets || neverUsed >= 2 * settings.targets) return 'high';
    if (neverUsed >= settings.targets) return 'medium';
  }
  const many = mostOfOneTarget(denials) >= settings.denials || calls >= 2 * settings.denials;
  if (many && isUnusual(calls, usual.calls)) return 'medium';
  const untold = denials.filter(isUntold);
  return untold.length >= settings.denials || targetsOf(untold) >= settings.targets ? 'low' : undefined;
}

function countsOf(denials: readonly Denial[]): DenialCounts {
  return { calls: denials.length, neverUsed: targetsOf(denials.filter(({ used }) => used !== true)) };
}

/** No habit makes more usual than twice what a burst takes. */
function capped({ calls, neverUsed }: DenialCounts, settings: DenialBurstSettings): DenialCounts {
  return {
    calls: Math.min(calls, 2 * settings.denials),
    neverUsed: Math.min(neverUsed, 2 * settings.targets),
  };
}

function targetsOf(denials: readonly Denial[]): number {
  return new Set(denials.map(({ target }) => target)).size;
}

function mostOfOneTarget(denials: readonly Denial[]): number {
  const counts = new Map<string, number>();
  for (const { target } of denials) counts.set(target, (counts.get(target) ?? 0) + 1);
  return Math.max(...counts.values());
}

function isUntold({ told }: Denial): boolean {
  return told !== true;
}

function toldOf(denial: Denial): Denial {
  return { ...denial, told: true };
}

/** In the order of their time; a retried call moves to its latest time. */
function withDenial(
  known: readonly Denial[],
  call: CallSeen,
  use: Pick<Denial, 'used' | 'usedByOthers'>,
  newestAt: number,
  windowMs: number,
  back: boolean,
): readonly Denial[] {
  const denial = {
    at: call.at,
    target: call.name || call.method,
    digest: call.argumentsDigest,
    requestId: call.requestId,
    ...use,
  };
  const again = known.find(({ target, digest }) => target === denial.target && digest === denial.digest);
  const kept = known.filter(
    (one) => one !== again && one.at > newestAt - windowMs && !(back && one.at > newestAt),
  );
  const latest =
    again !== undefined && again.at > denial.at && !back ? again : { ...denial, told: again?.told ?? false };
  const at = kept.findLastIndex((one) => one.at <= latest.at) + 1;
  return [...kept.slice(0, at), latest, ...kept.slice(at)].slice(-MAX_DENIALS);
}

/** With this value of the actor as the latest; those that were set longest ago make room. */
function withLatest<Value>(
  known: ReadonlyMap<string, Value>,
  actor: string,
  value: Value,
  limit: number,
): ReadonlyMap<string, Value> {
  const values = new Map(known);
  // Set anew, it stands last.
  values.delete(actor);
  values.set(actor, value);
  for (const name of values.keys()) {
    if (values.size <= limit) break;
    values.delete(name);
  }
  return values;
}

interface Raising {
  readonly usual: DenialCounts;
  readonly cooldown: Cooldown;
  readonly settings: DenialBurstSettings;
}

function findingOf(
  call: CallSeen,
  severity: Severity,
  denials: readonly Denial[],
  { usual, cooldown, settings }: Raising,
): Finding {
  const actor = actorOf(call);
  const window = { from: denials[0]!.at, to: denials.at(-1)!.at + 1 };
  const who = nameInText(actorName(call));
  const where = nameInText(connectionName(call));
  const minutes = Math.round(settings.windowMs / 60_000);
  const targets = targetsOf(denials);
  const { neverUsed } = countsOf(denials);
  const unknown =
    neverUsed === 0 ? '' : neverUsed === targets ? ' it never used' : `, ${neverUsed} of them never used,`;
  return {
    kind: 'denial_burst',
    version: 2,
    severity,
    title: `${who} was denied ${plural(denials.length, 'different call')} of ${plural(targets, 'target')}${unknown} on ${where} within ${plural(minutes, 'minute')}`,
    // What is low is another trouble, with an alert of its own: it must not hide the next probing.
    subject: severity === 'low' ? `${actor}\nlow` : actor,
    personal: true,
    tool: null,
    observed: { value: denials.length, unit: 'denials', detail: { targets, neverUsed } },
    expected: {
      value: usual.calls,
      threshold: settings.denials,
      detail: { targets: settings.targets, windowMinutes: minutes, usualNeverUsed: usual.neverUsed },
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
