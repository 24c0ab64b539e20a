/** How many notifications a channel may get: so many at once, then so many an hour. */
export interface StormLimit {
  readonly burst: number;
  readonly perHour: number;
}

export interface StormLimits {
  readonly normal: StormLimit;
  /** For what is new and critical: a storm of anything else must not hold it back. */
  readonly critical: StormLimit;
}

export interface StormBucket {
  readonly tokens: number;
  readonly criticalTokens: number;
  /** Milliseconds since the epoch. */
  readonly filledAt: number;
}

const HOUR_MS = 3_600_000;

export function fullBucket({ normal, critical }: StormLimits, now: number): StormBucket {
  return { tokens: normal.burst, criticalTokens: critical.burst, filledAt: now };
}

/** The bucket with what has come since. A clock that went back brings nothing, and does not stop it from filling. */
export function refilled(bucket: StormBucket, { normal, critical }: StormLimits, now: number): StormBucket {
  const hours = Math.max(0, now - bucket.filledAt) / HOUR_MS;
  return {
    tokens: Math.min(normal.burst, bucket.tokens + hours * normal.perHour),
    criticalTokens: Math.min(critical.burst, bucket.criticalTokens + hours * critical.perHour),
    filledAt: now,
  };
}

/** What becomes of the groups that are due. */
export type StormVerdict =
  /** Each is told of on its own. */
  | { readonly kind: 'each' }
  /** More than there are tokens for: one digest tells of them all. */
  | { readonly kind: 'digest' }
  /** Not even that: they stay due until then. */
  | { readonly kind: 'later'; readonly at: number };

/** Of one class of groups, `due` of them, with so many tokens and its limit. */
export function stormVerdict(due: number, tokens: number, limit: StormLimit, now: number): StormVerdict {
  if (due <= tokens) return { kind: 'each' };
  if (tokens >= 1) return { kind: 'digest' };
  return { kind: 'later', at: now + Math.ceil(((1 - tokens) / limit.perHour) * HOUR_MS) };
}
