import { z } from 'zod';
import { actorSchema } from '../envelope.js';
import { ALERT_NOTE_LIMIT, ALERT_SEVERITIES, ALERT_STATES } from '../notification/alert-views.js';
import { channelChangeSchema, newChannelSchema } from '../notification/channel-views.js';
import { DELIVERY_STATUSES, deliveryRangeSchema } from '../notification/delivery-views.js';
import { routeListSchema } from '../notification/route-views.js';

/**
 * `POST /internal/v1/notification/commands` and `/queries`: what the api service asks of the notification service. Tenant
 * and actor come from the authenticated caller; an id of another organization answers 404 `<area>.not_found`. Errors are
 * problem documents.
 */
export const NOTIFICATION_COMMANDS_PATH = '/internal/v1/notification/commands';
export const NOTIFICATION_QUERIES_PATH = '/internal/v1/notification/queries';

const id = z.string().min(1).max(64);
const note = z.string().trim().max(ALERT_NOTE_LIMIT).nullish();

export const notificationCommandSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('AcknowledgeAlert'), alertId: id, note }),
  z.object({ type: z.literal('ResolveAlert'), alertId: id, note }),
  z.object({ type: z.literal('ReopenAlert'), alertId: id, note }),
  z.object({
    type: z.literal('MuteAlert'),
    alertId: id,
    until: z.iso.datetime({ offset: true }).max(40),
    note,
  }),
  z.object({ type: z.literal('UnmuteAlert'), alertId: id, note }),

  z.object({
    type: z.literal('ReplaceRoutes'),
    list: routeListSchema,
    expectedVersion: z.number().int().positive().nullish(),
  }),

  z.object({ type: z.literal('CreateChannel'), channel: newChannelSchema }),
  z.object({ type: z.literal('ChangeChannel'), channelId: id, change: channelChangeSchema }),
  z.object({ type: z.literal('DeleteChannel'), channelId: id }),
  /** Sends a marked sample; the answer is its delivery, which goes on by itself. */
  z.object({ type: z.literal('TestChannel'), channelId: id }),
  /** A dead or delivered notification again, under its own id. */
  z.object({ type: z.literal('ReplayDelivery'), deliveryId: id }),
  /** Dead notifications of a time again, each under its own id; the answer counts them. */
  z.object({ type: z.literal('ReplayDeliveries'), range: deliveryRangeSchema }),
]);
export type NotificationCommand = z.infer<typeof notificationCommandSchema>;
export type NotificationCommandType = NotificationCommand['type'];

export const notificationCommandEnvelopeSchema = z.object({
  tenantId: id,
  actor: actorSchema,
  /** Same key and same command: the first answer again. Kept for 24 hours. */
  idempotencyKey: z.string().min(1).max(256).nullish(),
  correlationId: z.string().max(256).nullish(),
  command: notificationCommandSchema,
});
export type NotificationCommandEnvelope = z.infer<typeof notificationCommandEnvelopeSchema>;

/** `data` is the view of what was changed. */
export const notificationCommandResultSchema = z.object({ data: z.unknown() });
export type NotificationCommandResult = z.infer<typeof notificationCommandResultSchema>;

const page = { limit: z.number().int().min(1).max(200).default(50), cursor: z.string().max(512).nullish() };
const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.array(z.enum(values)).min(1).max(values.length).nullish();

export const notificationQuerySchema = z.discriminatedUnion('type', [
  /** Latest seen first. */
  z.object({
    type: z.literal('alerts'),
    states: oneOf(ALERT_STATES),
    severities: oneOf(ALERT_SEVERITIES),
    kinds: z.array(z.string().min(1).max(64)).min(1).max(50).nullish(),
    /** Slug of a connection. */
    connection: z.string().max(256).nullish(),
    ...page,
  }),
  z.object({ type: z.literal('alert'), alertId: id }),
  z.object({ type: z.literal('routes') }),
  z.object({ type: z.literal('channels'), ...page }),
  z.object({ type: z.literal('channel'), channelId: id }),
  /** Latest first. */
  z.object({
    type: z.literal('deliveries'),
    channelId: id.nullish(),
    alertId: id.nullish(),
    status: z.enum(DELIVERY_STATUSES).nullish(),
    ...page,
  }),
]);
export type NotificationQuery = z.infer<typeof notificationQuerySchema>;
export const notificationQueryEnvelopeSchema = z.object({ tenantId: id, query: notificationQuerySchema });
export type NotificationQueryEnvelope = z.infer<typeof notificationQueryEnvelopeSchema>;
export const notificationQueryResultSchema = z.object({ data: z.unknown(), cursor: z.string().nullable() });
export type NotificationQueryResult = z.infer<typeof notificationQueryResultSchema>;
