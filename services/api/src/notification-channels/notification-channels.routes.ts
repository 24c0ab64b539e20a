import {
  channelChangeSchema,
  channelViewSchema,
  deliveryViewSchema,
  newChannelSchema,
  writtenChannelSchema,
} from '@portcullis/contracts';
import { z } from 'zod';
import { idParams, pageQuery } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'Notifications';

export const listNotificationChannels = defineRoute({
  method: 'GET',
  path: '/notification-channels',
  access: { scope: 'notifications:read' },
  tag,
  summary: 'Channels with their health',
  query: pageQuery,
  answer: z.array(channelViewSchema),
});

export const createNotificationChannel = defineRoute({
  method: 'POST',
  path: '/notification-channels',
  access: { scope: 'notifications:write' },
  tag,
  status: 201,
  summary: 'Create a channel; a signing secret made by the service is shown this once',
  body: newChannelSchema,
  answer: writtenChannelSchema,
  problems: ['notification_channel.invalid', 'notification_channel.limit'],
});

export const changeNotificationChannel = defineRoute({
  method: 'PATCH',
  path: '/notification-channels/:id',
  access: { scope: 'notifications:write' },
  tag,
  summary: 'Change a channel, rotate its secret, or enable one that was stopped',
  params: idParams,
  body: channelChangeSchema,
  answer: writtenChannelSchema,
  problems: ['notification_channel.not_found', 'notification_channel.invalid'],
});

export const deleteNotificationChannel = defineRoute({
  method: 'DELETE',
  path: '/notification-channels/:id',
  access: { scope: 'notifications:write' },
  tag,
  summary: 'Delete a channel that no route names',
  params: idParams,
  answer: channelViewSchema,
  problems: ['notification_channel.not_found', 'notification_channel.in_use'],
});

export const testNotificationChannel = defineRoute({
  method: 'POST',
  path: '/notification-channels/:id/test',
  access: { scope: 'notifications:write' },
  tag,
  status: 202,
  summary: 'Send a marked sample; the answer is its delivery, to be looked at again',
  params: idParams,
  body: z.strictObject({}),
  answer: deliveryViewSchema,
  problems: ['notification_channel.not_found'],
});
