import { anomalyViewSchema, FINDING_SEVERITIES } from '@portcullis/contracts';
import { z } from 'zod';
import { timeText } from '../audit-store/time-range.js';
import { defineRoute } from '../http/route.js';

export const listAnomalies = defineRoute({
  method: 'GET', path: '/anomalies', access: { scope: 'audit:read' }, tag: 'Anomalies',
  summary: 'Findings of the anomaly service, newest first, each with what was observed, what is normal, and the Lens query that shows the calls',
  query: z.object({
    /** `rate_spike`, `bulk_access`, `destructive_name`, `first_use`, `denial_burst`, or a kind a newer release brings. */
    kind: z.string().min(1).max(64).optional(),
    severity: z.enum(FINDING_SEVERITIES).optional(),
    /** Slug. */
    connection: z.string().min(1).max(256).optional(),
    from: timeText.default('now-30d'),
    to: timeText.default('now'),
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().max(1024).optional(),
  }),
  answer: z.array(anomalyViewSchema),
  problems: ['request.bad_cursor', 'audit.store_unavailable'],
}); // prettier-ignore

export const getAnomaly = defineRoute({
  method: 'GET', path: '/anomalies/:id', access: { scope: 'audit:read' }, tag: 'Anomalies',
  summary: 'One finding',
  params: z.object({ id: z.uuid() }),
  answer: anomalyViewSchema, problems: ['anomaly.not_found', 'audit.store_unavailable'],
}); // prettier-ignore
