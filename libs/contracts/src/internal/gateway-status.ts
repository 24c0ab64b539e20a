import { z } from 'zod';

/** `GET /internal/v1/status` of a gateway: what lies between its calls and the log. */
export const GATEWAY_STATUS_PATH = '/internal/v1/status';

export const gatewayStatusSchema = z.object({
  gateway: z.string(),
  spool: z.object({
    /** Bytes on disk. */
    bytes: z.number().int().nonnegative(),
    /** When the oldest record the log has not taken was made, RFC 3339; null when all are sent. */
    oldestUnsentAt: z.string().nullable(),
    /** The spool takes no records, and calls are refused. */
    refusing: z.boolean(),
    /** The log takes what is sent to it. */
    sending: z.boolean(),
  }),
});
export type GatewayStatus = z.infer<typeof gatewayStatusSchema>;
