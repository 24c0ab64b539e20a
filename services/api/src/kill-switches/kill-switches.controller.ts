import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { PolicyService } from '../policy-service/policy-service.js';
import { KillSwitchPreview } from './kill-switch-preview.js';
import {
  engageKillSwitch,
  listKillSwitches,
  previewKillSwitch,
  releaseKillSwitch,
} from './kill-switches.routes.js';

@Controller()
export class KillSwitchesController {
  constructor(
    @Inject(PolicyService) private readonly policy: PolicyService,
    @Inject(KillSwitchPreview) private readonly previews: KillSwitchPreview,
  ) {}

  @ApiRoute(listKillSwitches)
  list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listKillSwitches>) {
    return this.policy.list(caller, { type: 'killSwitches', ...query });
  }

  @ApiRoute(engageKillSwitch)
  engage(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof engageKillSwitch>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'EngageKillSwitch', ...body }, key);
  }

  @ApiRoute(previewKillSwitch)
  async preview(@CurrentCaller() caller: Caller, @Input() { body }: RouteInput<typeof previewKillSwitch>) {
    return { data: await this.previews.of(caller, body), meta: {} };
  }

  @ApiRoute(releaseKillSwitch)
  release(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof releaseKillSwitch>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'ReleaseKillSwitch', killSwitchId: params.id }, key);
  }
}
