export interface FirstUseSettings {
  /** An agent is only watched for this long after its first call of the connection. */
  readonly learnMs: number;
  /** What was not used for this long is forgotten, and its next use a first one. */
  readonly forgetMs: number;
  readonly cooldownMs: number;
  /** Pairs of agent and tool remembered for one connection. */
  readonly maxPairs: number;
  /** Tools remembered of one agent there: one that makes up names must not push out the others. */
  readonly maxTools: number;
}

export const FIRST_USE_DEFAULTS: FirstUseSettings = {
  learnMs: 7 * 24 * 3_600_000,
  forgetMs: 90 * 24 * 3_600_000,
  cooldownMs: 300_000,
  maxPairs: 20_000,
  maxTools: 500,
};
