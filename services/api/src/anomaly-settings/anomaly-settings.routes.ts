import { detectionSettingsSchema, detectionViewSchema, INHERITED_DETECTION } from '@portcullis/contracts';
import { z } from 'zod';
import { defineRoute } from '../http/route.js';

const tag = 'Anomalies';
/** What is left out is inherited. */
const settings = z.strictObject({
  rateMultiplier: detectionSettingsSchema.shape.rateMultiplier.default(INHERITED_DETECTION.rateMultiplier),
  rateMinCalls: detectionSettingsSchema.shape.rateMinCalls.default(INHERITED_DETECTION.rateMinCalls),
  off: detectionSettingsSchema.shape.off.default(INHERITED_DETECTION.off),
});

export const getAnomalySettings = defineRoute({
  method: 'GET',
  path: '/anomaly-settings',
  access: { scope: 'alerts:read' },
  tag,
  summary: 'How anomalies are looked for, where it is not as the deployment does',
  answer: detectionViewSchema,
});

export const setAnomalySettings = defineRoute({
  method: 'PUT',
  path: '/anomaly-settings',
  access: { scope: 'alerts:write' },
  tag,
  summary:
    'Set how anomalies are looked for in the organization; what is null or left out is as the deployment does it',
  body: settings,
  answer: detectionSettingsSchema,
});

export const setConnectionAnomalySettings = defineRoute({
  method: 'PUT',
  path: '/anomaly-settings/:connection',
  access: { scope: 'alerts:write' },
  tag,
  summary:
    'Set how anomalies are looked for on a connection; what is null or left out is as its organization has it',
  /** Slug or id. */
  params: z.object({ connection: z.string().min(1).max(64) }),
  body: settings,
  answer: detectionSettingsSchema,
  problems: ['connection.not_found'],
});
