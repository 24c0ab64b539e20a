import { z } from 'zod';
import { CHANNEL_TYPES } from './channel-views.js';

/** `firing`: at least one alert in it fires; `resolved`: none does any more; `test`: a sample somebody asked for. */
export const NOTIFICATION_KINDS = ['firing', 'resolved', 'test'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/**
 * `pending`: not tried yet; `retrying`: failed and will be tried again; `delivered`; `dead`: will not be tried again
 * unless somebody replays it.
 */
export const DELIVERY_STATUSES = ['pending', 'retrying', 'delivered', 'dead'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const deliveryAttemptSchema = z.object({
  at: z.string(),
  ok: z.boolean(),
  /** HTTP status, SMTP reply code; null when there was no answer. */
  status: z.number().int().nullable(),
  latencyMs: z.number(),
  /** Stable code, such as `delivery.timeout`; null when it was taken. */
  error: z.string().nullable(),
  /** The first bytes of the receiver's answer, plain text. */
  response: z.string().nullable(),
});
export type DeliveryAttempt = z.infer<typeof deliveryAttemptSchema>;

/** One notification on its way to one channel. Its id is what receivers deduplicate by. */
export const deliveryViewSchema = z.object({
  id: z.string(),
  channelId: z.string(),
  /** Name and type of the channel; the name as it was when the channel was deleted since. */
  channel: z.string(),
  channelType: z.enum(CHANNEL_TYPES),
  kind: z.enum(NOTIFICATION_KINDS),
  status: z.enum(DELIVERY_STATUSES),
  /** Ids of the alerts told of (the first 50), and how many more there were. */
  alerts: z.array(z.string()),
  omitted: z.number().int(),
  createdAt: z.string(),
  nextAttemptAt: z.string().nullable(),
  deliveredAt: z.string().nullable(),
  attemptCount: z.number().int(),
  /** The latest 20, newest first. */
  attempts: z.array(deliveryAttemptSchema),
});
export type DeliveryView = z.infer<typeof deliveryViewSchema>;

const instant = z.iso.datetime({ offset: true }).max(40);

/** Dead deliveries made since `from` and before `to`, of one channel or of all. */
export const deliveryRangeSchema = z
  .strictObject({ from: instant, to: instant, channelId: z.string().min(1).max(64).optional() })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
    path: ['to'],
    message: 'must be later than from',
  });
export type DeliveryRange = z.infer<typeof deliveryRangeSchema>;

export const replayedRangeSchema = z.object({
  /** Deliveries that are on their way again, the oldest of the range first. */
  replayed: z.number().int(),
  /** Dead ones of the range that are still to be replayed: ask again. */
  remaining: z.number().int(),
  /** Dead ones whose channel is switched off, stopped or deleted. */
  unreachable: z.number().int(),
});
export type ReplayedRange = z.infer<typeof replayedRangeSchema>;
