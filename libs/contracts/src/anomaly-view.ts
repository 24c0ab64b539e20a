import { z } from 'zod';
import { findingRaisedDataSchema } from './events/anomaly-findings.js';

/** A finding as `GET /api/v1/anomalies` shows it: the event's data, and when it was raised. */
export const anomalyViewSchema = findingRaisedDataSchema.omit({ findingId: true, connection: true }).extend({
  id: z.string(),
  /** Time of the call that caused it. RFC 3339, UTC. */
  timestamp: z.string(),
  /** Slug of the connection, and its id. */
  connection: z.string().nullable(),
  connectionId: z.string().nullable(),
  traceId: z.string().nullable(),
});
export type AnomalyView = z.infer<typeof anomalyViewSchema>;
