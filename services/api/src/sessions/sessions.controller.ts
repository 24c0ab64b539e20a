import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { PolicyService } from '../policy-service/policy-service.js';
import { getSession, listSessions, resumeSession, suspendSession } from './sessions.routes.js';

@Controller()
export class SessionsController {
  constructor(@Inject(PolicyService) private readonly policy: PolicyService) {}

  @ApiRoute(listSessions)
  list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listSessions>) {
    return this.policy.list(caller, { type: 'sessions', ...query });
  }

  @ApiRoute(getSession)
  get(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof getSession>) {
    return this.policy.one(caller, { type: 'session', sessionId: params.id });
  }

  @ApiRoute(suspendSession)
  suspend(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof suspendSession>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'SuspendSession', sessionId: params.id, ...body }, key);
  }

  @ApiRoute(resumeSession)
  resume(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof resumeSession>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'ResumeSession', sessionId: params.id }, key);
  }
}
