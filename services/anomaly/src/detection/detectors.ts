import { bulkAccess } from '../detectors/bulk-access/bulk-access.detector.js';
import {
  BULK_ACCESS_DEFAULTS,
  type BulkAccessSettings,
} from '../detectors/bulk-access/bulk-access.settings.js';
import { denialBurst } from '../detectors/denial-burst/denial-burst.detector.js';
import type { DenialBurstSettings } from '../detectors/denial-burst/denial-burst.settings.js';
import { DENIAL_BURST_DEFAULTS } from '../detectors/denial-burst/denial-burst.settings.js';
import { destructiveName } from '../detectors/destructive-name/destructive-name.detector.js';
import type { Detector } from '../detectors/detector.js';
import { firstUse } from '../detectors/first-use/first-use.detector.js';
import { FIRST_USE_DEFAULTS, type FirstUseSettings } from '../detectors/first-use/first-use.settings.js';
import { rateSpike } from '../detectors/rate-spike/rate-spike.detector.js';
import { RATE_SPIKE_DEFAULTS, type RateSpikeSettings } from '../detectors/rate-spike/rate-spike.settings.js';

/** Settings of every detector; each is settable for the deployment, multiplier and least calls of spikes for organizations and connections too. */
export interface DetectorSettings {
  readonly rateSpike: RateSpikeSettings;
  readonly bulkAccess: BulkAccessSettings;
  readonly firstUse: FirstUseSettings;
  readonly denialBurst: DenialBurstSettings;
  readonly destructiveName: { readonly cooldownMs: number };
}

export const DETECTOR_DEFAULTS: DetectorSettings = {
  rateSpike: RATE_SPIKE_DEFAULTS,
  bulkAccess: BULK_ACCESS_DEFAULTS,
  firstUse: FIRST_USE_DEFAULTS,
  denialBurst: DENIAL_BURST_DEFAULTS,
  destructiveName: { cooldownMs: 300_000 },
};

/** The detectors in the order their findings come out for one call. A state is only ever given back to its own. */
export function detectorsOf(settings: DetectorSettings): readonly Detector<unknown>[] {
  return [
    destructiveName(settings.destructiveName),
    firstUse(settings.firstUse),
    denialBurst(settings.denialBurst),
    rateSpike(settings.rateSpike),
    bulkAccess(settings.bulkAccess),
  ] as readonly Detector<unknown>[];
}
