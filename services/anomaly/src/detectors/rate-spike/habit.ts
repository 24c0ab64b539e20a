import { maxOf, type Slots } from './slots.js';

/** Days that are looked back on. */
export const HABIT_DAYS = 7;
/** How far another day's peak may lie from this time of day. */
const NEAR_HOURS = 2;
/** A window this many times the peak it is held against is still like it. */
export const LIKENESS = 1.5;

export interface Habit {
  /**
   * The window is of a size that was seen around this time of day, on two of the last seven days at least (on one, while
   * there are no more). Work begins each morning and jobs run each night: that is no spike, whatever the hour before was.
   */
  readonly familiar: boolean;
  /** What `familiar` compares with. */
  readonly usualPeak: number;
  /** The largest window of the last seven days that was no spike, at any time of day. */
  readonly weekPeak: number;
  /** A week ago, around this time, it was of such a size: a job that runs once a week. */
  readonly weekly: boolean;
  readonly days: number;
}

/** `peaks`: the largest window of each hour; `spikes`: the same of those that were raised; `hour`: now. */
export function habitOf(
  { peaks, spikes }: { readonly peaks: Slots; readonly spikes: Slots },
  hour: number,
  daysKnown: number,
  calls: number,
): Habit {
  const days = Math.min(HABIT_DAYS, daysKnown);
  const daily: number[] = [];
  for (let ago = 1; ago <= days; ago += 1) {
    const same = hour - 24 * ago;
    const [from, to] = [same - NEAR_HOURS, same + NEAR_HOURS];
    daily.push(Math.max(maxOf(peaks, from, to), maxOf(spikes, from, to)));
  }
  const weekAgo = daily[6] ?? 0;
  daily.sort((a, b) => b - a);
  const usualPeak = daily[Math.min(2, days) - 1] ?? 0;
  return {
    familiar: usualPeak > 0 && calls <= usualPeak * LIKENESS,
    usualPeak,
    weekly: weekAgo > 0 && calls <= weekAgo * LIKENESS,
    // The hours at hand are what is being judged.
    weekPeak: maxOf(peaks, hour - 24 * HABIT_DAYS, hour - NEAR_HOURS),
    days,
  };
}
