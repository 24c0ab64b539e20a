export interface FixedClock {
  now(): Date;
  /** Moves time on. */
  advance(ms: number): void;
  set(time: Date | string): void;
}

/** A clock that stands still until told otherwise. */
export function fixedClock(start: Date | string = '2026-01-01T00:00:00.000Z'): FixedClock {
  let current = new Date(start).getTime();
  return {
    now: () => new Date(current),
    advance: (ms) => {
      current += ms;
    },
    set: (time) => {
      current = new Date(time).getTime();
    },
  };
}
