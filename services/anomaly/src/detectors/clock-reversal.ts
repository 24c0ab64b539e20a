import type { CallSeen } from '../calls/call-seen.js';

/** A call may be this much older than the newest one of its connection and still be judged as of its own time. */
export const LATENESS_MS = 10 * 60_000;

/**
 * Whether the clock went back: not one call is late, but the log itself is behind what was seen. What lies in the future
 * then must be given up, or every call until it comes true would count as late.
 */
export function clockWentBack(newestAt: number, call: CallSeen): boolean {
  return call.at < newestAt - LATENESS_MS && call.loggedAt < newestAt - LATENESS_MS;
}
