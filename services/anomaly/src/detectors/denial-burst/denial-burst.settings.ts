export interface DenialBurstSettings {
  /** Different denied calls in the window that make a burst. At most 64. */
  readonly denials: number;
  /** Different tools, resources or prompts among them that make one sooner. */
  readonly targets: number;
  readonly windowMs: number;
  readonly cooldownMs: number;
  /** Callers remembered for one connection. */
  readonly maxActors: number;
}

export const DENIAL_BURST_DEFAULTS: DenialBurstSettings = {
  denials: 10,
  targets: 5,
  windowMs: 600_000,
  cooldownMs: 300_000,
  maxActors: 200,
};
