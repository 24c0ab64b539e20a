import { z } from 'zod';
import type { EventEnvelope } from '../envelope.js';
import {
  ALERT_NOTE_LIMIT,
  ALERT_RESOLUTIONS,
  ALERT_SEVERITIES,
  ALERT_STATES,
} from '../notification/alert-views.js';
import { CHANNEL_TYPES } from '../notification/channel-views.js';
import { NOTIFICATION_KINDS } from '../notification/delivery-views.js';

/**
 * What the notification service says of alerts and deliveries on `notification.deliveries.v1`, key: the event's stream
 * (`alert-<id>`, `delivery-<id>`, `channel-<id>`). No secrets, no addresses, no arguments of calls.
 */
const text = (limit: number) => z.string().max(limit);

/** Which alert, with what people filter by: every event of an alert carries it whole. */
const alertFactsSchema = z.object({
  alertId: text(64),
  dedupKey: text(256),
  kind: text(64),
  severity: z.enum(ALERT_SEVERITIES),
  /** Plain text that may hold what an attacker wrote. */
  title: text(256),
  /** After the event. */
  state: z.enum(ALERT_STATES),
  connection: z.object({ id: text(64), slug: text(256) }).nullable(),
  agent: text(256).nullable(),
  user: text(256).nullable(),
  session: text(256).nullable(),
  key: z.object({ id: text(64), label: text(256) }).nullable(),
  tool: text(256).nullable(),
  rule: text(256).nullable(),
  occurrences: z.number().int(),
});
export type AlertFacts = z.infer<typeof alertFactsSchema>;

const note = z.string().max(ALERT_NOTE_LIMIT).nullable();

/** Which channel, never where it leads. */
const channelFactsSchema = z.object({
  channelId: text(64),
  /** Plain text a member chose. */
  name: text(200),
  channelType: z.enum(CHANNEL_TYPES),
  enabled: z.boolean(),
});

/** Which notification, and how it stands. */
const deliveryFactsSchema = z.object({
  /** The notification's id, which receivers deduplicate by. */
  deliveryId: text(64),
  channelId: text(64),
  channelName: text(200),
  channelType: z.enum(CHANNEL_TYPES),
  notificationKind: z.enum(NOTIFICATION_KINDS),
  /** The first 50. */
  alertIds: z.array(text(64)).max(50),
  /** Attempts made. */
  attempts: z.number().int(),
});

/** Keys are event types. Further types are added here, never changed. */
export const notificationDeliverySchemas = {
  /** Fires for the first time. `cause`: id of the event that made it fire; it is the envelope's `causationId`, too. */
  AlertOpened: alertFactsSchema,
  /** Fires again after it was resolved. `note` is a person's when a person did it. */
  AlertReopened: alertFactsSchema.extend({ note }),
  /** Fires with a higher severity than before. */
  AlertEscalated: alertFactsSchema.extend({ before: z.enum(ALERT_SEVERITIES) }),
  AlertAcknowledged: alertFactsSchema.extend({ note }),
  AlertResolved: alertFactsSchema.extend({ resolution: z.enum(ALERT_RESOLUTIONS), note }),
  AlertMuted: alertFactsSchema.extend({ until: text(40), note }),
  AlertUnmuted: alertFactsSchema.extend({ note }),
  /** `changed`: names of the fields that were written, never what they hold. */
  ChannelCreated: channelFactsSchema.extend({ changed: z.array(text(64)) }),
  ChannelChanged: channelFactsSchema.extend({ changed: z.array(text(64)) }),
  ChannelDeleted: channelFactsSchema.extend({ changed: z.array(text(64)) }),
  /** Nothing more is sent there until a person enables it: the receiver is gone, or failed for days. */
  ChannelStopped: channelFactsSchema.extend({ error: text(64) }),
  NotificationDelivered: deliveryFactsSchema.extend({ latencyMs: z.number() }),
  /** It will not be tried again by itself. */
  NotificationDeadLettered: deliveryFactsSchema.extend({ error: text(64) }),
  NotificationReplayed: deliveryFactsSchema,
  /** The whole ordered list was replaced. Channel ids and timers alone are in it. */
  NotificationRoutesReplaced: z.object({
    version: z.number().int(),
    before: z.unknown(),
    after: z.unknown(),
  }),
} as const;

export type NotificationDeliveryType = keyof typeof notificationDeliverySchemas;
export type NotificationDeliveryData<T extends NotificationDeliveryType> = z.infer<
  (typeof notificationDeliverySchemas)[T]
>;
export type NotificationDeliveryEvent = {
  [T in NotificationDeliveryType]: EventEnvelope<T, NotificationDeliveryData<T>>;
}[NotificationDeliveryType];

export const NOTIFICATION_EVENT_VERSION = 1;
