import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { NotificationService } from '../notification-service/notification-service.js';
import {
  acknowledgeAlert,
  getAlert,
  listAlerts,
  muteAlert,
  reopenAlert,
  resolveAlert,
  unmuteAlert,
} from './alerts.routes.js';

@Controller()
export class AlertsController {
  constructor(@Inject(NotificationService) private readonly notification: NotificationService) {}

  @ApiRoute(listAlerts)
  list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listAlerts>) {
    const { state, severity, kind, ...rest } = query;
    return this.notification.list(caller, {
      type: 'alerts',
      states: state,
      severities: severity,
      kinds: kind,
      ...rest,
    });
  }

  @ApiRoute(getAlert)
  get(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof getAlert>) {
    return this.notification.one(caller, { type: 'alert', alertId: params.id });
  }

  @ApiRoute(acknowledgeAlert)
  acknowledge(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof acknowledgeAlert>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(caller, { type: 'AcknowledgeAlert', alertId: params.id, ...body }, key);
  }

  @ApiRoute(resolveAlert)
  resolve(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof resolveAlert>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(caller, { type: 'ResolveAlert', alertId: params.id, ...body }, key);
  }

  @ApiRoute(reopenAlert)
  reopen(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof reopenAlert>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(caller, { type: 'ReopenAlert', alertId: params.id, ...body }, key);
  }

  @ApiRoute(muteAlert)
  mute(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof muteAlert>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(caller, { type: 'MuteAlert', alertId: params.id, ...body }, key);
  }

  @ApiRoute(unmuteAlert)
  unmute(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof unmuteAlert>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.notification.command(caller, { type: 'UnmuteAlert', alertId: params.id, ...body }, key);
  }
}
