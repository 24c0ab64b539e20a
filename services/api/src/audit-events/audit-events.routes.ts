import { DECISIONS } from '@portcullis/contracts';
import { z } from 'zod';
import { timeText } from '../audit-store/time-range.js';
import { defineRoute } from '../http/route.js';

const text = z.string().min(1).max(512).optional();

export const listAuditEvents = defineRoute({
  method: 'GET',
  path: '/audit-events',
  access: { scope: 'audit:read' },
  tag: 'Audit',
  summary: 'Audit events, newest first; every filter is an exact match and all must hold',
  query: z.object({
    traceId: text,
    connection: text,
    tool: text,
    decision: z.enum(DECISIONS).optional(),
    user: text,
    type: text,
    from: timeText.default('now-400d'),
    to: timeText.default('now'),
    limit: z.coerce.number().int().min(1).max(1000).default(50),
    cursor: z.string().max(1024).optional(),
  }),
  answer: z.array(z.record(z.string(), z.unknown())),
  problems: ['request.bad_cursor', 'audit.store_unavailable'],
});

export const getAuditEvent = defineRoute({
  method: 'GET',
  path: '/audit-events/:id',
  access: { scope: 'audit:read' },
  tag: 'Audit',
  summary: 'One audit event',
  params: z.object({ id: z.uuid() }),
  answer: z.record(z.string(), z.unknown()),
  problems: ['audit_event.not_found'],
});
