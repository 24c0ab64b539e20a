import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { PolicyService } from '../policy-service/policy-service.js';
import { changeOrganization, getOrganization } from './organization.routes.js';

@Controller()
export class OrganizationController {
  constructor(@Inject(PolicyService) private readonly policy: PolicyService) {}

  @ApiRoute(getOrganization)
  get(@CurrentCaller() caller: Caller) {
    return this.policy.one(caller, { type: 'organization' });
  }

  @ApiRoute(changeOrganization)
  change(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof changeOrganization>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return body.name !== undefined
      ? this.policy.command(caller, { type: 'RenameOrganization', name: body.name }, key)
      : this.policy.command(
          caller,
          { type: 'ChangeOrganizationDefault', defaultAction: body.defaultAction ?? 'deny' },
          key,
        );
  }
}
