import { z } from 'zod';
import { timeText } from '../audit-store/time-range.js';
import { defineRoute } from '../http/route.js';

const tag = 'Lens';
const access = { scope: 'audit:read' } as const;

const asked = {
  /** Lens text; empty means everything. */
  q: z.string().max(4096).default(''),
  from: timeText,
  to: timeText.default('now'),
};

const columnSchema = z.object({ name: z.string(), type: z.string(), unit: z.string().optional() });
const answerSchema = z.object({
  kind: z.enum(['rows', 'table', 'series']),
  columns: z.array(columnSchema),
  rows: z.array(z.record(z.string(), z.unknown())),
});

export const queryLens = defineRoute({
  method: 'POST',
  path: '/lens/query',
  access,
  tag,
  summary: 'Run a Lens query; rows page by `meta.cursor`, tables and series are whole',
  body: z.strictObject({
    ...asked,
    limit: z.number().int().min(1).max(1000).default(100),
    cursor: z.string().max(1024).nullish(),
    /** Names the query for `/lens/cancel`; the client chooses it. */
    queryId: z.uuid().optional(),
  }),
  answer: answerSchema,
  problems: [
    'lens.invalid',
    'lens.too_slow',
    'lens.too_large',
    'request.bad_cursor',
    'audit.store_unavailable',
  ],
});

export const cancelLens = defineRoute({
  method: 'POST',
  path: '/lens/cancel',
  access,
  tag,
  summary: 'Cancel a running query of the same organization',
  body: z.strictObject({ queryId: z.uuid() }),
  answer: z.object({ queryId: z.string() }),
});

export const lensFields = defineRoute({
  method: 'GET',
  path: '/lens/fields',
  access,
  tag,
  summary: 'The fields of Lens: names, types, meaning',
  answer: z.array(
    z.object({
      name: z.string(),
      aliases: z.array(z.string()),
      type: z.string(),
      doc: z.string(),
      unit: z.string().nullable(),
      values: z.array(z.string()).nullable(),
      facet: z.boolean(),
      sensitive: z.boolean(),
    }),
  ),
});

export const lensValues = defineRoute({
  method: 'GET',
  path: '/lens/values',
  access,
  tag,
  summary: 'Observed values of a field under a filter, most frequent first: for completion and facets',
  query: z.object({
    field: z.string().min(1).max(256),
    prefix: z.string().max(256).default(''),
    q: z.string().max(4096).default(''),
    from: timeText.default('now-7d'),
    to: timeText.default('now'),
    limit: z.coerce.number().int().min(1).max(200).default(20),
  }),
  answer: z.array(z.object({ value: z.string(), count: z.number() })),
  problems: ['lens.invalid'],
});

export const exportLens = defineRoute({
  method: 'POST',
  path: '/lens/export',
  access,
  tag,
  answerType: 'application/x-ndjson',
  summary: 'The result of a query as NDJSON or CSV, streamed; recorded as an activity before it begins',
  body: z.strictObject({
    ...asked,
    format: z.enum(['ndjson', 'csv']).default('ndjson'),
    limit: z.number().int().min(1).max(1_000_000).default(100_000),
  }),
  problems: ['lens.invalid', 'lens.export_not_recorded', 'audit.store_unavailable'],
});

export const parseLens = defineRoute({
  method: 'POST',
  path: '/lens/parse',
  access,
  tag,
  summary: 'Check a query without running it: diagnostics and the canonical text',
  body: z.strictObject({ q: z.string().max(8192) }),
  answer: z.object({
    canonical: z.string(),
    diagnostics: z.array(
      z.object({
        severity: z.string(),
        code: z.string(),
        message: z.string(),
        from: z.number(),
        to: z.number(),
        suggestion: z.string().optional(),
      }),
    ),
  }),
});
