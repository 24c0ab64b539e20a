import { NO_MULTIPLIERS, type RateMultipliers } from './rate-multiplier.js';

export interface RateSpikeSettings {
  /** How many times the usual rate is a spike. */
  readonly multiplier: number;
  /** Where it is another one. */
  readonly multipliers: RateMultipliers;
  /** Calls in a window below which nothing is a spike. */
  readonly minCalls: number;
  /** A connection is only watched for this long at first. */
  readonly warmUpMs: number;
  readonly cooldownMs: number;
}

export const RATE_SPIKE_DEFAULTS: RateSpikeSettings = {
  multiplier: 3,
  multipliers: NO_MULTIPLIERS,
  minCalls: 20,
  warmUpMs: 24 * 3_600_000,
  cooldownMs: 300_000,
};
