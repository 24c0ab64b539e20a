import { RATE_SPIKE_DEFAULTS, type RateSpikeSettings } from '../rate-spike/rate-spike.settings.js';

export interface BulkAccessSettings {
  /** Those of spikes: their multiplier holds here too, and `LEAST_FACTOR` times their least calls. */
  readonly rate: RateSpikeSettings;
  /** Callers remembered for one connection. */
  readonly maxActors: number;
}

/** Bulk are this many times the calls that are a spike at least: of a window three times as long. */
export const LEAST_FACTOR = 5;

export const BULK_ACCESS_DEFAULTS: BulkAccessSettings = { rate: RATE_SPIKE_DEFAULTS, maxActors: 200 };
