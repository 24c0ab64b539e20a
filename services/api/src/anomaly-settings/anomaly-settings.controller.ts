import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { PolicyService } from '../policy-service/policy-service.js';
import {
  getAnomalySettings,
  setAnomalySettings,
  setConnectionAnomalySettings,
} from './anomaly-settings.routes.js';

@Controller()
export class AnomalySettingsController {
  constructor(@Inject(PolicyService) private readonly policy: PolicyService) {}

  @ApiRoute(getAnomalySettings)
  get(@CurrentCaller() caller: Caller) {
    return this.policy.one(caller, { type: 'detection' });
  }

  @ApiRoute(setAnomalySettings)
  set(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof setAnomalySettings>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'ChangeDetection', connection: null, settings: body }, key);
  }

  @ApiRoute(setConnectionAnomalySettings)
  setForConnection(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof setConnectionAnomalySettings>,
    @IdempotencyKey() key: string | undefined,
  ) {
    const { connection } = params;
    return this.policy.command(caller, { type: 'ChangeDetection', connection, settings: body }, key);
  }
}
