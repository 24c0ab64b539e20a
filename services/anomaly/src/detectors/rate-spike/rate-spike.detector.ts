import type { FindingSeverity } from '@portcullis/contracts';
import { connectionName, type CallSeen } from '../../calls/call-seen.js';
import type { Finding } from '../../findings/finding.js';
import { lensQuery, USE_TYPES, whole } from '../../findings/lens-query.js';
import { nameInText } from '../../findings/plain-text.js';
import { appended } from '../appended.js';
import { clockWentBack, LATENESS_MS } from '../clock-reversal.js';
import { isCooling, raised, RESTED, silenced, type Cooldown } from '../cooldown.js';
import { quiet, type Detector } from '../detector.js';
import { HABIT_DAYS, habitOf, LIKENESS, type Habit } from './habit.js';
import { rateSettingsOf } from './rate-settings.js';
import type { RateSpikeSettings } from './rate-spike.settings.js';
import { advanced, cutBack, slotsFrom, sumOf, valueAt, withValue, type Slots } from './slots.js';

const SLOT_MS = 15_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The window: five minutes. The hour before it: twelve times as long. */
const WINDOW_SLOTS = (5 * MINUTE_MS) / SLOT_MS;
const WINDOWS_IN_BASELINE = 12;
const BASELINE_SLOTS = WINDOWS_IN_BASELINE * WINDOW_SLOTS;
const LATE_SLOTS = LATENESS_MS / SLOT_MS;
/** A call that is late, but not too late, finds the whole of its own window and of the hour before that. */
const KEPT_SLOTS = WINDOW_SLOTS + BASELINE_SLOTS + LATE_SLOTS;
const KEPT_HOURS = (HABIT_DAYS + 1) * 24;
/** How long after a finding windows still hold calls of its spike. */
const SPIKE_MS = 2 * WINDOW_SLOTS * SLOT_MS;
const EVIDENCE = 20;

const USES: ReadonlySet<string> = new Set(['tools/call', 'resources/read', 'prompts/get']);

/** Calls of one connection by 15 seconds, and the largest five minutes of each hour. */
export interface RateSpikeState {
  /** Time of the first call. */
  readonly since: number;
  /** Calls by slot; those of the newest slot are in `current`, so that most calls copy nothing. */
  readonly calls: Slots;
  readonly current: number;
  readonly peaks: Slots;
  /** Windows that were raised, or came right after: a habit in time, but nothing to measure an attack by. */
  readonly spikes: Slots;
  readonly recent: readonly string[];
  readonly cooldown: Cooldown;
}

/**
 * Many more calls in five minutes than in the hour before: more than `multiplier` times the rate, `minCalls` at least, and
 * nothing the connection does every day. Its first day is only watched.
 */
export function rateSpike(common: RateSpikeSettings): Detector<RateSpikeState> {
  return {
    kind: 'rate_spike',
    version: 2,
    sizeOf: () => 1,
    observe(before, call, own) {
      if (!USES.has(call.method) || call.direction !== 'client') return quiet(before);
      const slot = Math.floor(call.at / SLOT_MS);
      const settings = rateSettingsOf(common, call, own);
      const state = counted(before ?? begun(call, slot), call, slot);
      if (state.calls.newest - slot > LATE_SLOTS) return quiet(state);
      const spike = spikeAt(state, call, slot, settings);
      if (spike === undefined) return quiet(state);
      if (isCooling(state.cooldown, call.at, settings.cooldownMs)) {
        return quiet({ ...state, cooldown: silenced(state.cooldown) });
      }
      return {
        state: { ...state, cooldown: raised(call.at) },
        findings: [findingOf(spike, state, call, settings)],
        forgotten: 0,
      };
    },
  };
}

function begun(call: CallSeen, slot: number): RateSpikeState {
  return {
    since: call.at,
    calls: slotsFrom(slot),
    current: 0,
    peaks: slotsFrom(hourOf(call.at)),
    spikes: slotsFrom(hourOf(call.at)),
    recent: [],
    cooldown: RESTED,
  };
}

function counted(before: RateSpikeState, call: CallSeen, slot: number): RateSpikeState {
  const state = timeMoved(before, call, slot);
  const recent = appended(state.recent, call.requestId, state.recent.length < EVIDENCE ? -1 : 0);
  if (slot === state.calls.newest) return { ...state, recent, current: state.current + 1 };
  return { ...state, recent, calls: withValue(state.calls, slot, sumOf(state.calls, slot, slot) + 1) };
}

/** Closes slots that are over; gives up what a clock that went back had put into the future. */
function timeMoved(state: RateSpikeState, call: CallSeen, slot: number): RateSpikeState {
  const { newest } = state.calls;
  if (slot > newest) {
    const spiking = isCooling(state.cooldown, newest * SLOT_MS, SPIKE_MS);
    const into = spiking ? 'spikes' : 'peaks';
    return {
      ...state,
      calls: advanced(settled(state), slot, KEPT_SLOTS),
      current: 0,
      [into]: withPeak(state[into], windowAt(state, newest), hourOf(newest * SLOT_MS)),
    };
  }
  if (!clockWentBack(newest * SLOT_MS, call)) return state;
  const calls = cutBack(settled(state), slot);
  const current = sumOf(calls, slot, slot);
  return {
    ...state,
    since: Math.min(state.since, call.at),
    calls: withValue(calls, slot, 0),
    current,
    peaks: cutBack(state.peaks, hourOf(call.at)),
    spikes: cutBack(state.spikes, hourOf(call.at)),
  };
}

/** The slots with the newest one's calls in their place. */
function settled({ calls, current }: RateSpikeState): Slots {
  return current === 0 ? calls : withValue(calls, calls.newest, current);
}

function windowAt(state: RateSpikeState, slot: number): number {
  const closed = sumOf(state.calls, slot - WINDOW_SLOTS + 1, slot);
  return slot === state.calls.newest ? closed + state.current : closed;
}

/** The peaks with a window of `calls` among those of the hour. */
function withPeak(before: Slots, calls: number, hour: number): Slots {
  const peaks = hour > before.newest ? advanced(before, hour, KEPT_HOURS) : before;
  return calls > valueAt(peaks, hour) ? withValue(peaks, hour, calls) : peaks;
}

interface Spike {
  readonly calls: number;
  /** Calls of an average window of the hour before. */
  readonly usual: number;
  readonly window: { readonly from: number; readonly to: number };
  readonly habit: Habit;
}

function spikeAt(
  state: RateSpikeState,
  call: CallSeen,
  slot: number,
  { multiplier, minCalls, warmUpMs }: RateSpikeSettings,
): Spike | undefined {
  if (call.at - state.since < warmUpMs) return undefined;
  const { last, calls } = fullestWindow(state, slot);
  if (calls < minCalls) return undefined;
  const first = last - WINDOW_SLOTS + 1;
  const usual = sumOf(state.calls, first - BASELINE_SLOTS, first - 1) / WINDOWS_IN_BASELINE;
  if (calls <= multiplier * usual) return undefined;
  const daysKnown = Math.floor((call.at - state.since) / DAY_MS);
  const habit = habitOf(state, hourOf(call.at), daysKnown, calls);
  if (habit.familiar) return undefined;
  const to = last === slot ? call.at + 1 : (last + 1) * SLOT_MS;
  return { calls, usual, habit, window: { from: first * SLOT_MS, to } };
}

/** The window that ends now; for a call that is late, the fullest of those it is in. */
function fullestWindow(state: RateSpikeState, slot: number): { last: number; calls: number } {
  let fullest = { last: slot, calls: windowAt(state, slot) };
  const latest = Math.min(slot + WINDOW_SLOTS - 1, state.calls.newest);
  for (let last = slot + 1; last <= latest; last += 1) {
    const calls = windowAt(state, last);
    if (calls > fullest.calls) fullest = { last, calls };
  }
  return fullest;
}

/** How new it is: at an unusual time only or as a week ago, more than in a week, or far more than ever. */
function severityOf({ calls, usual, habit }: Spike): FindingSeverity {
  if (habit.weekly || calls <= habit.weekPeak * LIKENESS) return 'low';
  const most = Math.max(habit.weekPeak, habit.usualPeak);
  return calls >= 100 && calls > 10 * usual && calls > 3 * most ? 'high' : 'medium';
}

function findingOf(
  spike: Spike,
  state: RateSpikeState,
  call: CallSeen,
  { multiplier, minCalls }: RateSpikeSettings,
): Finding {
  const { calls, habit, window } = spike;
  const usual = Math.round(spike.usual * 10) / 10;
  const where = nameInText(connectionName(call));
  return {
    kind: 'rate_spike',
    version: 2,
    severity: severityOf(spike),
    title: `${calls} calls to ${where} in 5 minutes; the hour before had ${usual} in 5 minutes on average`,
    subject: '',
    personal: false,
    tool: null,
    observed: { value: calls, unit: 'calls', detail: { windowMinutes: 5 } },
    expected: {
      value: usual,
      threshold: Math.max(minCalls, Math.floor(multiplier * spike.usual) + 1),
      detail: {
        multiplier,
        minCalls,
        usualPeakAtThisTime: habit.usualPeak,
        weekPeak: habit.weekPeak,
        days: habit.days,
      },
    },
    window,
    lensQuery: {
      q: lensQuery({ connection: call.connection && whole(call.connection.slug), type: USE_TYPES }),
      ...window,
    },
    evidence: state.recent.slice(-calls),
    suppressed: state.cooldown.suppressed,
    cause: call,
  };
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS);
}
