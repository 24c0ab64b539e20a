import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { PolicyService, type Written } from '../policy-service/policy-service.js';
import { AccessChanges } from '../sign-in/access-changes.js';
import { addMember, changeMember, listMembers, removeMember } from './members.routes.js';

@Controller()
export class MembersController {
  constructor(
    @Inject(PolicyService) private readonly policy: PolicyService,
    @Inject(AccessChanges) private readonly changes: AccessChanges,
  ) {}

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
  async change(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof changeMember>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.told(
      params.id,
      await this.policy.command(caller, { type: 'ChangeMemberRole', memberId: params.id, ...body }, key),
    );
  }

  @ApiRoute(removeMember)
  async remove(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof removeMember>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.told(
      params.id,
      await this.policy.command(caller, { type: 'RemoveMember', memberId: params.id }, key),
    );
  }

  private told(memberId: string, written: Written): Written {
    this.changes.tell(memberId);
    return written;
  }
}
