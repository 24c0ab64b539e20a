import { z } from 'zod';
import { timeText } from '../audit-store/time-range.js';
import { defineRoute } from '../http/route.js';

/** One line of a waterfall: an event of the trace without its payload. Times in milliseconds. */
const spanSchema = z.object({
  id: z.string(),
  /** When the decision was taken, RFC 3339. */
  time: z.string(),
  type: z.string(),
  method: z.string(),
  tool: z.string(),
  resource: z.string(),
  prompt: z.string(),
  connection: z.string(),
  decision: z.string(),
  outcome: z.string(),
  reason: z.string(),
  rule: z.string(),
  agent: z.string(),
  user: z.string(),
  latency_ms: z.number(),
  upstream_ms: z.number(),
  policy_ms: z.number(),
});

export const getTrace = defineRoute({
  method: 'GET',
  path: '/traces/:traceId',
  access: { scope: 'audit:read' },
  tag: 'Audit',
  summary:
    'The calls of a trace over all connections, oldest first; `meta.events` counts all of them, `meta.cursor` leads on',
  params: z.object({ traceId: z.string().min(1).max(128) }),
  query: z.object({
    from: timeText.default('now-400d'),
    to: timeText.default('now'),
    limit: z.coerce.number().int().min(1).max(5000).default(1000),
    cursor: z.string().max(1024).optional(),
  }),
  answer: z.object({
    traceId: z.string(),
    spans: z.array(spanSchema),
  }),
  problems: ['trace.not_found', 'request.bad_cursor', 'audit.store_unavailable'],
});
