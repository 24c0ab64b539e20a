import { INHERITED_DETECTION, type DetectionSettings, type PolicyDomainEvent } from '@portcullis/contracts';
import type { Decider } from '@portcullis/eventing';

export type DetectionEvent = Extract<PolicyDomainEvent, { type: 'DetectionChanged' }>;
type Recorded = DetectionEvent['data']['after'];

export interface DetectionCommand {
  readonly type: 'ChangeDetection';
  /** A connection that exists; null for the organization. */
  readonly connectionId: string | null;
  readonly settings: DetectionSettings;
}

/** Of one organization or one connection; null while everything is inherited. */
export const detectionDecider: Decider<Recorded, DetectionCommand, DetectionEvent> = {
  initialState: null,
  evolve: (_, { data }) => data.after,
  decide({ connectionId, settings }, before) {
    const after = asSet(settings);
    if (JSON.stringify(after) === JSON.stringify(before)) return [];
    return [{ type: 'DetectionChanged', data: { connectionId, before, after } }];
  },
};

export function detectionStream(tenantOrConnectionId: string): string {
  return `detection-${tenantOrConnectionId}`;
}

/** One form for what means the same, so that saying it again changes nothing. */
function asSet({ rateMultiplier, rateMinCalls, off }: DetectionSettings): Recorded {
  const kinds = [...new Set(off ?? [])].sort();
  const after = { rateMultiplier, rateMinCalls, off: kinds.length === 0 ? INHERITED_DETECTION.off : kinds };
  return Object.values(after).every((value) => value === null) ? null : after;
}
