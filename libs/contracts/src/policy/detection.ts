import { z } from 'zod';
import { FINDING_KINDS } from '../events/anomaly-findings.js';

/**
 * How anomalies are looked for where the deployment's way does not fit: in an organization, or on one connection of it.
 * What is null is as one level above says: of a connection as its organization has it, of an organization as the deployment.
 */
export const detectionSettingsSchema = z.object({
  /** How many times the rate of the hour before makes a `rate_spike`, and what is usual for a caller a `bulk_access`. */
  rateMultiplier: z.number().min(1.1).max(1_000).nullable(),
  /** Calls within 5 minutes below which nothing is a `rate_spike`; five times as many within 15 for a `bulk_access`. */
  rateMinCalls: z.number().int().min(1).max(1_000_000).nullable(),
  /** Kinds of findings that are not raised: of a connection beside those its organization names; null for none. */
  off: z.array(z.enum(FINDING_KINDS)).max(FINDING_KINDS.length).nullable(),
});
export type DetectionSettings = z.infer<typeof detectionSettingsSchema>;

/** Nothing but what the level above says. */
export const INHERITED_DETECTION: DetectionSettings = { rateMultiplier: null, rateMinCalls: null, off: null };

export const connectionDetectionSchema = detectionSettingsSchema.extend({
  connectionId: z.string(),
  slug: z.string(),
});
export type ConnectionDetection = z.infer<typeof connectionDetectionSchema>;

export const detectionViewSchema = z.object({
  organization: detectionSettingsSchema,
  /** Connections with settings of their own, in the order they were made. */
  connections: z.array(connectionDetectionSchema),
});
export type DetectionView = z.infer<typeof detectionViewSchema>;
