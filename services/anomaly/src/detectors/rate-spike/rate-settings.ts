import type { DetectionSettings } from '@portcullis/contracts';
import type { CallSeen } from '../../calls/call-seen.js';
import { multiplierOf } from './rate-multiplier.js';
import type { RateSpikeSettings } from './rate-spike.settings.js';

/** What the organization has set over what the deployment has. */
export function rateSettingsOf(
  common: RateSpikeSettings,
  call: CallSeen,
  own?: DetectionSettings,
): RateSpikeSettings {
  const deployed = common.multipliers.size === 0 ? undefined : multiplierOf(common.multipliers, call);
  const multiplier = own?.rateMultiplier ?? deployed ?? common.multiplier;
  const minCalls = own?.rateMinCalls ?? common.minCalls;
  if (multiplier === common.multiplier && minCalls === common.minCalls) return common;
  return { ...common, multiplier, minCalls };
}
