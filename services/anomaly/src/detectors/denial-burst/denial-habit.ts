/** What a caller was denied within one window, counted in different calls and in different tools it has never used. */
export interface DenialCounts {
  readonly calls: number;
  readonly neverUsed: number;
}

/** The most a caller was denied within one window of a day. */
export interface DeniedDay extends DenialCounts {
  readonly day: number;
}

/** Days that are looked back on. */
const HABIT_DAYS = 7;
/** Counts up to this many times the usual ones are still like them, and so are those that chance makes of them. */
const LIKENESS = 1.5;
const DEVIATIONS = 3;
const DAY_MS = 24 * 3_600_000;

/** The days with these counts among those of their day; those that are too long ago are left out. */
export function withCounts(
  days: readonly DeniedDay[],
  at: number,
  { calls, neverUsed }: DenialCounts,
): readonly DeniedDay[] {
  const day = Math.floor(at / DAY_MS);
  const known = days.find((one) => one.day === day);
  if (known !== undefined && known.calls >= calls && known.neverUsed >= neverUsed) return days;
  const counts = {
    day,
    calls: Math.max(calls, known?.calls ?? 0),
    neverUsed: Math.max(neverUsed, known?.neverUsed ?? 0),
  };
  // Days of the future are those of a clock that was set back.
  return [...days.filter((one) => one.day < day && one.day >= day - HABIT_DAYS), counts];
}

/** What it was denied on two of the last seven days at least: a job that is refused a few calls in a hundred every night. */
export function usualCounts(days: readonly DeniedDay[], at: number): DenialCounts {
  const day = Math.floor(at / DAY_MS);
  const past = days.filter((one) => one.day < day && one.day >= day - HABIT_DAYS);
  const second = (of: (one: DeniedDay) => number) => past.map(of).sort((a, b) => b - a)[1] ?? 0;
  return { calls: second(({ calls }) => calls), neverUsed: second(({ neverUsed }) => neverUsed) };
}

export function isUnusual(count: number, usual: number): boolean {
  // Independent refusals make counts whose variance is their mean.
  return count > Math.max(usual * LIKENESS, usual + DEVIATIONS * Math.sqrt(usual));
}
