import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { NotificationService } from '../notification-service/notification-service.js';
import {
  changeNotificationChannel,
  createNotificationChannel,
  deleteNotificationChannel,
  listNotificationChannels,
  testNotificationChannel,
} from './notification-channels.routes.js';

@Controller()
export class NotificationChannelsController {
  constructor(@Inject(NotificationService) private readonly notification: NotificationService) {}

  @ApiRoute(listNotificationChannels)
  list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listNotificationChannels>) {
    return this.notification.list(caller, { type: 'channels', ...query });
  }

  @ApiRoute(createNotificationChannel)
  create(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof createNotificationChannel>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(caller, { type: 'CreateChannel', channel: body }, key);
  }

  @ApiRoute(changeNotificationChannel)
  change(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof changeNotificationChannel>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(
      caller,
      { type: 'ChangeChannel', channelId: params.id, change: body },
      key,
    );
  }

  @ApiRoute(deleteNotificationChannel)
  remove(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof deleteNotificationChannel>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(caller, { type: 'DeleteChannel', channelId: params.id }, key);
  }

  @ApiRoute(testNotificationChannel)
  test(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof testNotificationChannel>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(caller, { type: 'TestChannel', channelId: params.id }, key);
  }
}
