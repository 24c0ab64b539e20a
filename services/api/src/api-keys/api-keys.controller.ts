import { Controller, Inject } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import { CurrentCaller, mayGrant, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { AccessChanges } from '../sign-in/access-changes.js';
import { PolicyService } from '../policy-service/policy-service.js';
import { createApiKey, getApiKey, listApiKeys, revokeApiKey } from './api-keys.routes.js';

@Controller()
export class ApiKeysController {
  constructor(
    @Inject(PolicyService) private readonly policy: PolicyService,
    @Inject(AccessChanges) private readonly changes: AccessChanges,
  ) {}

  @ApiRoute(listApiKeys)
  list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listApiKeys>) {
    return this.policy.list(caller, { type: 'apiKeys', ...query });
  }

  @ApiRoute(getApiKey)
  get(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof getApiKey>) {
    return this.policy.one(caller, { type: 'apiKey', keyId: params.id });
  }

  @ApiRoute(createApiKey)
  create(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof createApiKey>,
    @IdempotencyKey() key: string | undefined,
  ) {
    const missing = body.scopes.find((scope) => !mayGrant(caller.principal.scopes, scope));
    if (missing !== undefined) {
      throw new ProblemError({
        code: 'api_key.scope_not_held',
        status: 403,
        title: 'A key cannot grant what it does not hold.',
        detail: `The calling key lacks the scope ${missing}.`,
      });
    }
    return this.policy.command(caller, { type: 'CreateApiKey', ...body }, key);
  }

  @ApiRoute(revokeApiKey)
  async revoke(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof revokeApiKey>,
    @IdempotencyKey() key: string | undefined,
  ) {
    const written = await this.policy.command(caller, { type: 'RevokeApiKey', keyId: params.id }, key);
    this.changes.tell(params.id);
    return written;
  }
}
