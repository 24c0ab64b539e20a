import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, hasScope, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { IfMatch } from '../http/if-match.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { PolicyService } from '../policy-service/policy-service.js';
import {
  activatePolicy,
  createPolicy,
  deactivatePolicy,
  deletePolicy,
  getPolicy,
  listPolicies,
  listPolicyVersions,
  movePolicy,
  previewRule,
  publishPolicy,
  rollBackPolicy,
  simulatePolicy,
} from './policies.routes.js';
import { policyDocumentOf } from './policy-document.js';
import { RulePreview } from './rule-preview.js';

@Controller()
export class PoliciesController {
  constructor(
    @Inject(PolicyService) private readonly policy: PolicyService,
    @Inject(RulePreview) private readonly previews: RulePreview,
  ) {}

  @ApiRoute(listPolicies)
  list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listPolicies>) {
    return this.policy.list(caller, { type: 'policies', ...query });
  }

  @ApiRoute(getPolicy)
  get(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof getPolicy>) {
    return this.policy.one(caller, { type: 'policy', policyId: params.id });
  }

  @ApiRoute(createPolicy)
  create(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof createPolicy>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(
      caller,
      { type: 'CreatePolicy', connection: body.connection ?? null, ...policyDocumentOf(body) },
      key,
    );
  }

  @ApiRoute(publishPolicy)
  publish(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof publishPolicy>,
    @IfMatch() expectedVersion: number | undefined,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(
      caller,
      {
        type: 'PublishPolicy',
        policyId: params.id,
        expectedVersion: expectedVersion ?? null,
        ...policyDocumentOf(body),
      },
      key,
    );
  }

  @ApiRoute(deletePolicy)
  remove(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof deletePolicy>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'DeletePolicy', policyId: params.id }, key);
  }

  @ApiRoute(listPolicyVersions)
  versions(
    @CurrentCaller() caller: Caller,
    @Input() { params, query }: RouteInput<typeof listPolicyVersions>,
  ) {
    return this.policy.list(caller, { type: 'policyVersions', policyId: params.id, ...query });
  }

  @ApiRoute(rollBackPolicy)
  rollBack(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof rollBackPolicy>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'RollBackPolicy', policyId: params.id, ...body }, key);
  }

  @ApiRoute(activatePolicy)
  activate(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof activatePolicy>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'ActivatePolicy', policyId: params.id }, key);
  }

  @ApiRoute(deactivatePolicy)
  deactivate(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof deactivatePolicy>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'DeactivatePolicy', policyId: params.id }, key);
  }

  @ApiRoute(movePolicy)
  move(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof movePolicy>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'MovePolicy', policyId: params.id, ...body }, key);
  }

  @ApiRoute(simulatePolicy)
  simulate(@CurrentCaller() caller: Caller, @Input() { body }: RouteInput<typeof simulatePolicy>) {
    return this.policy.one(caller, {
      type: 'simulate',
      document: body.policy ?? null,
      request: body.request,
    });
  }

  /** Single calls are the audit history's: a caller who may not read it gets the counts alone. */
  @ApiRoute(previewRule)
  async preview(@CurrentCaller() caller: Caller, @Input() { body }: RouteInput<typeof previewRule>) {
    return {
      data: await this.previews.of(caller, body, hasScope(caller.principal.scopes, 'audit:read')),
      meta: {},
    };
  }
}
