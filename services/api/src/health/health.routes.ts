import { z } from 'zod';
import { defineRoute } from '../http/route.js';

export const getHealth = defineRoute({
  method: 'GET',
  path: '/health',
  access: 'public',
  tag: 'System',
  summary:
    'Whether every service is serving: 200 when all are, 503 otherwise. Details need the scope system:read',
  answer: z.object({
    status: z.enum(['serving', 'degraded', 'unavailable']),
    services: z.record(z.string(), z.object({ status: z.string() })),
  }),
});
