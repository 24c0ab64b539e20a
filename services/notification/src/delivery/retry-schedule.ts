const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits before each attempt, as Standard Webhooks recommends: ten attempts over about three days. */
export const RETRY_DELAYS_MS = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

const JITTER = 0.2;

/**
 * How long to wait before the next attempt when `made` of them failed; null when there is none left. `random` is in
 * [0, 1): receivers that were down together are not asked together. A receiver may ask for more time, not for less.
 */
export function nextDelayMs(made: number, retryAfterMs: number | null, random: number): number | null {
  const delay = RETRY_DELAYS_MS[made];
  if (delay === undefined) return null;
  return Math.max(Math.round(delay * (1 - JITTER + 2 * JITTER * random)), retryAfterMs ?? 0);
}
