import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { PolicyService } from '../policy-service/policy-service.js';
import { addMember, changeMember, listMembers, removeMember } from './members.routes.js';

@Controller()
export class MembersController {
  constructor(@Inject(PolicyService) private readonly policy: PolicyService) {}

  @ApiRoute(listMembers)
  list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listMembers>) {
    return this.policy.list(caller, { type: 'members', ...query });
  }

  @ApiRoute(addMember)
  add(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof addMember>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'AddMember', ...body }, key);
  }

  @ApiRoute(changeMember)
  change(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof changeMember>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'ChangeMemberRole', memberId: params.id, ...body }, key);
  }

  @ApiRoute(removeMember)
  remove(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof removeMember>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'RemoveMember', memberId: params.id }, key);
  }
}
