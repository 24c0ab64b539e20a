import { z } from 'zod';
import { healthSchema } from './health.js';

/**
 * `GET /api/v1/system`: how the deployment is doing, for the System page and the status dot. It is the whole
 * deployment's, whatever organization asks. What could not be learned is null, with the reason beside it; times are
 * RFC 3339 in UTC.
 */
const reason = z.string().nullable();
const count = z.number().int().nonnegative();

export const SYSTEM_ACTIVITIES = ['serving', 'auditing', 'analysing', 'notifying'] as const;
export type SystemActivity = (typeof SYSTEM_ACTIVITIES)[number];

/** `behind`: it works, later than it should. `unknown`: nobody who could tell answers, or no such service is deployed. */
export const ACTIVITY_STATES = ['ok', 'behind', 'down', 'unknown'] as const;

export const systemServiceSchema = healthSchema.extend({
  /** `unreachable` when it does not answer; its version is then empty. */
  status: z.enum([...healthSchema.shape.status.options, 'unreachable']),
  startedAt: z.string().nullable(),
  uptimeSeconds: count.nullable(),
  reason,
});

export const systemConsumerSchema = z.object({
  service: z.string(),
  group: z.string(),
  topic: z.string(),
  /** Records of the topic the service has still to handle, as the log itself knows it. */
  lag: count.nullable(),
  partitions: z.array(z.object({ partition: count, position: count.nullable(), end: count, lag: count })),
  reason,
});

export const systemSpoolSchema = z.object({
  gateway: z.string(),
  /** Bytes on disk; calls are refused when the spool is full. */
  bytes: count.nullable(),
  /** When the oldest record the log has not taken was written; null when there is none (and no reason is given). */
  oldestUnsentAt: z.string().nullable(),
  oldestUnsentSeconds: z.number().nonnegative().nullable(),
  refusing: z.boolean().nullable(),
  /** Whether the log takes what the gateway sends. */
  sending: z.boolean().nullable(),
  reason,
});

export const systemViewSchema = z.object({
  asOf: z.string(),
  activities: z.record(z.enum(SYSTEM_ACTIVITIES), z.object({ state: z.enum(ACTIVITY_STATES), reason })),
  services: z.array(systemServiceSchema),
  consumers: z.array(systemConsumerSchema),
  spools: z.array(systemSpoolSchema),
  /** Records nobody could process, by the topic they came from; those still held. */
  deadLetters: z.array(z.object({ topic: z.string(), records: count.nullable(), reason })),
  store: z.object({
    rows: count.nullable(),
    /** Compressed, on disk. */
    bytes: count.nullable(),
    oldestAt: z.string().nullable(),
    newestAt: z.string().nullable(),
    reason,
  }),
  log: z.object({ backend: z.enum(['postgres', 'kafka']), reachable: z.boolean(), reason }),
});
export type SystemView = z.infer<typeof systemViewSchema>;
export type SystemService = z.infer<typeof systemServiceSchema>;
export type SystemConsumer = z.infer<typeof systemConsumerSchema>;
export type SystemSpool = z.infer<typeof systemSpoolSchema>;
