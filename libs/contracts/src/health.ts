import { z } from 'zod';

/** `GET /health` on the internal listener of every service. 200 when `serving`, else 503. */
export const healthSchema = z.object({
  service: z.string(),
  status: z.enum(['serving', 'degraded', 'starting', 'stopping']),
  version: z.string(),
  /** When the process began to be, RFC 3339; missing from services of an older release. */
  startedAt: z.string().optional(),
  /** Named conditions with a short reason: `{ name: 'postgres', ok: false, detail: 'connection refused' }`. */
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })),
});
export type Health = z.infer<typeof healthSchema>;
