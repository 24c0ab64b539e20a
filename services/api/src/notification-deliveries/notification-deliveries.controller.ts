import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { NotificationService } from '../notification-service/notification-service.js';
import {
  listNotificationDeliveries,
  replayNotificationDeliveries,
  replayNotificationDelivery,
} from './notification-deliveries.routes.js';

@Controller()
export class NotificationDeliveriesController {
  constructor(@Inject(NotificationService) private readonly notification: NotificationService) {}

  @ApiRoute(listNotificationDeliveries)
  list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listNotificationDeliveries>) {
    const { channel, alert, ...rest } = query;
    return this.notification.list(caller, {
      type: 'deliveries',
      channelId: channel,
      alertId: alert,
      ...rest,
    });
  }

  @ApiRoute(replayNotificationDelivery)
  replay(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof replayNotificationDelivery>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(caller, { type: 'ReplayDelivery', deliveryId: params.id }, key);
  }

  @ApiRoute(replayNotificationDeliveries)
  replayRange(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof replayNotificationDeliveries>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(caller, { type: 'ReplayDeliveries', range: body }, key);
  }
}
