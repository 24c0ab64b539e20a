/** When a kind was last raised on a connection, and how often it has kept silent since. */
export interface Cooldown {
  readonly raisedAt: number | null;
  readonly suppressed: number;
}

export const RESTED: Cooldown = { raisedAt: null, suppressed: 0 };

/** The distance counts in both directions: a clock that was set back must not silence a detector until it catches up. */
export function isCooling(cooldown: Cooldown, at: number, cooldownMs: number): boolean {
  return cooldown.raisedAt !== null && Math.abs(at - cooldown.raisedAt) < cooldownMs;
}

export function silenced({ raisedAt, suppressed }: Cooldown): Cooldown {
  return { raisedAt, suppressed: suppressed + 1 };
}

export function raised(at: number): Cooldown {
  return { raisedAt: at, suppressed: 0 };
}
