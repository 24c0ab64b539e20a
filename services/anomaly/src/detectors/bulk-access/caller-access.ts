import type { CallSeen } from '../../calls/call-seen.js';
import { appended } from '../appended.js';
import { clockWentBack, LATENESS_MS } from '../clock-reversal.js';
import { HABIT_DAYS, habitOf } from '../rate-spike/habit.js';
import { advanced, cutBack, slotsFrom, sumOf, valueAt, withValue, type Slots } from '../rate-spike/slots.js';

const SLOT_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const WINDOW_MINUTES = 15;
const KEPT_HOURS = (HABIT_DAYS + 1) * 24;
/** How long after a finding windows still hold calls of what it was about. */
const RAISED_MS = 2 * WINDOW_MINUTES * SLOT_MS;
/** Tools of one caller that are counted at a time: those it used last. */
export const MAX_TOOLS = 8;

interface ToolAccess {
  readonly name: string;
  /** What the last call asked for: a loop that asks for the same again and again reads nothing new. */
  readonly last: string;
  /** Calls by minute. */
  readonly calls: Slots;
}

/** What one caller takes from a connection: by tool now, and the most of one tool in each hour of the last eight days. */
export interface CallerAccess {
  /** Time of its first call. */
  readonly since: number;
  /** The one used last at the end. */
  readonly tools: readonly ToolAccess[];
  readonly peaks: Slots;
  /** The same of windows that were raised, or came right after. */
  readonly spikes: Slots;
  readonly raisedAt: number | null;
  /** Its usual peak at this hour, which no call of the hour changes. */
  readonly usual: { readonly hour: number; readonly peak: number };
}

export function begun(call: CallSeen): CallerAccess {
  const hour = hourOf(call.at);
  const none = slotsFrom(hour);
  return { since: call.at, tools: [], peaks: none, spikes: none, raisedAt: null, usual: { hour, peak: 0 } };
}

/** What is called: a tool; of resources and prompts, whose names are what is read, all of them. */
export function targetOf({ kind, name, method }: CallSeen): string {
  return kind === 'tool' ? name : method;
}

/** With a call of the target, which stands last then; undefined for a call that is too late to be judged. */
export function counted(before: CallerAccess, call: CallSeen): CallerAccess | undefined {
  const newestAt = newestOf(before) * SLOT_MS;
  const access = clockWentBack(newestAt, call) ? setBack(before, call.at) : before;
  if (access === before && call.at < newestAt - LATENESS_MS) return undefined;
  const name = targetOf(call);
  const slot = slotOf(call.at);
  const last = `${call.name.length}${call.name.slice(-12)} ${call.argumentsDigest?.slice(0, 12) ?? ''}`;
  const at = access.tools.findIndex((one) => one.name === name);
  const tool = access.tools[at];
  const calls = tool?.calls ?? slotsFrom(slot);
  const more = tool?.last === last ? 0 : 1;
  // A call that is a little late is one of the newest minute: it is in the same window, or nearly so.
  const moved = slot > calls.newest ? advanced(calls, slot, WINDOW_MINUTES) : calls;
  const next = { name, last, calls: withValue(moved, moved.newest, valueAt(moved, moved.newest) + more) };
  // A new one takes the place of the one used first when there are too many.
  const dropped = at === -1 && access.tools.length === MAX_TOOLS ? 0 : at;
  const tools = appended(access.tools, next, dropped);
  return moved === calls ? { ...access, tools } : { ...withPeakOf(access, calls), tools };
}

/** Calls of the target used last within the window that ends now. */
export function latestWindow({ tools }: CallerAccess): { calls: number; from: number } {
  const { calls } = tools.at(-1)!;
  const first = calls.newest - WINDOW_MINUTES + 1;
  return { calls: sumOf(calls, first, calls.newest), from: first * SLOT_MS };
}

/** With what is usual at this hour. */
export function withUsual(access: CallerAccess, at: number): CallerAccess {
  const hour = hourOf(at);
  if (access.usual.hour === hour) return access;
  return { ...access, usual: { hour, peak: habitAt(access, at, 0).usualPeak } };
}

export function habitAt(access: CallerAccess, at: number, calls: number) {
  return habitOf(access, hourOf(at), Math.floor((at - access.since) / DAY_MS), calls);
}

/** In minutes. */
export function newestOf({ tools }: CallerAccess): number {
  return tools.at(-1)?.calls.newest ?? 0;
}

/** The hour's peak with the window that has ended. */
function withPeakOf(access: CallerAccess, calls: Slots): CallerAccess {
  const at = calls.newest * SLOT_MS;
  const into = access.raisedAt !== null && Math.abs(at - access.raisedAt) < RAISED_MS ? 'spikes' : 'peaks';
  const window = sumOf(calls, calls.newest - WINDOW_MINUTES + 1, calls.newest);
  const hour = hourOf(at);
  const before = access[into];
  const peaks = hour > before.newest ? advanced(before, hour, KEPT_HOURS) : before;
  if (window <= valueAt(peaks, hour)) return access;
  return { ...access, [into]: withValue(peaks, hour, window) };
}

/** Gives up what a clock that went back had put into the future. */
function setBack(access: CallerAccess, at: number): CallerAccess {
  const hour = hourOf(at);
  return {
    since: Math.min(access.since, at),
    tools: [],
    peaks: cutBack(access.peaks, hour),
    spikes: cutBack(access.spikes, hour),
    raisedAt: null,
    usual: { hour: -1, peak: 0 },
  };
}

function slotOf(at: number): number {
  return Math.floor(at / SLOT_MS);
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS);
}
