import {
  DELIVERY_STATUSES,
  deliveryRangeSchema,
  deliveryViewSchema,
  replayedRangeSchema,
} from '@portcullis/contracts';
import { z } from 'zod';
import { idParams, pageQuery } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'Notifications';

export const listNotificationDeliveries = defineRoute({
  method: 'GET',
  path: '/notification-deliveries',
  access: { scope: 'notifications:read' },
  tag,
  summary: 'Deliveries with status, answers and latency, latest first; `channel` and `alert` are ids',
  query: pageQuery.extend({
    channel: z.string().min(1).max(64).optional(),
    alert: z.string().min(1).max(64).optional(),
    status: z.enum(DELIVERY_STATUSES).optional(),
  }),
  answer: z.array(deliveryViewSchema),
});

export const replayNotificationDelivery = defineRoute({
  method: 'POST',
  path: '/notification-deliveries/:id/replay',
  access: { scope: 'notifications:write' },
  tag,
  status: 202,
  summary: 'Send it again under its own id, so that a receiver can tell that it is the same',
  params: idParams,
  body: z.strictObject({}),
  answer: deliveryViewSchema,
  problems: ['delivery.not_found', 'delivery.under_way', 'channel.disabled'],
});

export const replayNotificationDeliveries = defineRoute({
  method: 'POST',
  path: '/notification-deliveries/replay',
  access: { scope: 'notifications:write' },
  tag,
  status: 202,
  summary:
    'Send the dead deliveries of a time again, 200 at once, each under its own id; what is `remaining` takes another request',
  body: deliveryRangeSchema,
  answer: replayedRangeSchema,
  problems: ['channel.not_found'],
});
