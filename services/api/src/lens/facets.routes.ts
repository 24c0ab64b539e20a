import { MOST_FACETS } from '@portcullis/lens';
import { z } from 'zod';
import { timeText } from '../audit-store/time-range.js';
import { defineRoute } from '../http/route.js';

const tag = 'Lens';
const access = { scope: 'audit:read' } as const;
const problems = ['lens.invalid', 'lens.too_slow', 'lens.too_large', 'audit.store_unavailable'];

const asked = {
  /** Lens text; its filter counts, its stages do not. */
  q: z.string().max(4096).default(''),
  from: timeText,
  to: timeText.default('now'),
  /** Names the query for `/lens/cancel`; the client chooses it. */
  queryId: z.uuid().optional(),
};

export const lensFacets = defineRoute({
  method: 'POST',
  path: '/lens/facets',
  access,
  tag,
  summary:
    'Count the values of several fields under a filter, exactly: the most frequent of each, and how many others there are',
  body: z.strictObject({
    ...asked,
    /** Fields or parts of one, such as `tool` or `metadata.team`. */
    fields: z
      .array(z.string().min(1).max(256))
      .min(1)
      .max(MOST_FACETS)
      .default(['decision', 'outcome', 'type', 'connection', 'tool', 'agent', 'user', 'rule']),
    /** Values of each field. */
    values: z.number().int().min(1).max(100).default(10),
  }),
  answer: z.array(
    z.object({
      field: z.string(),
      values: z.array(z.object({ value: z.string(), count: z.number() })),
      /** What is not listed: rows, and how many values they have. */
      others: z.object({ count: z.number(), values: z.number() }),
    }),
  ),
  problems,
});

export const lensHistogram = defineRoute({
  method: 'POST',
  path: '/lens/histogram',
  access,
  tag,
  summary:
    'Count rows over time by decision; `meta.everySeconds` is the length of a bucket, empty ones are left out',
  body: z.strictObject({
    ...asked,
    /** At most so many buckets; the step is the next readable one. */
    buckets: z.number().int().min(1).max(500).default(80),
  }),
  answer: z.array(
    z.object({
      /** Where the bucket begins, RFC 3339. */
      time: z.string(),
      total: z.number(),
      /** Rows by decision; events that are no calls are under the empty name. */
      decisions: z.record(z.string(), z.number()),
    }),
  ),
  problems,
});
