import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { IfMatch } from '../http/if-match.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { NotificationService } from '../notification-service/notification-service.js';
import { getNotificationRoutes, replaceNotificationRoutes } from './notification-routes.routes.js';

@Controller()
export class NotificationRoutesController {
  constructor(@Inject(NotificationService) private readonly notification: NotificationService) {}

  @ApiRoute(getNotificationRoutes)
  get(@CurrentCaller() caller: Caller) {
    return this.notification.one(caller, { type: 'routes' });
  }

  @ApiRoute(replaceNotificationRoutes)
  replace(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof replaceNotificationRoutes>,
    @IfMatch() expectedVersion: number | undefined,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(
      caller,
      { type: 'ReplaceRoutes', list: body, expectedVersion: expectedVersion ?? null },
      key,
    );
  }
}
