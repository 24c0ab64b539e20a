/** What became of records, and what was given up. */
export const COUNTED = [
  /** Requests the detectors saw. */
  'observed',
  /** Records that end no request. */
  'skipped',
  /** Records the log holds more than once. */
  'duplicate',
  /** Records that could not be understood. */
  'unreadable',
  /** Calls from a gateway whose clock is ahead: taken as of when they were logged. */
  'ahead',
  /** Calls that came too late for windows to be judged by them. */
  'late',
  /** Calls a detector failed on: a bug. */
  'failed',
  'evictedSequences',
  'evictedTenants',
  'evictedConnections',
  /** Entries detectors gave up. */
  'forgotten',
] as const;
export type Counted = (typeof COUNTED)[number];
export type DetectionCounts = Record<Counted, number>;

export function noCounts(): DetectionCounts {
  return Object.fromEntries(COUNTED.map((name) => [name, 0])) as DetectionCounts;
}
