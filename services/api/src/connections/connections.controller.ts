import { Controller, Inject } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { PolicyService } from '../policy-service/policy-service.js';
import {
  changeConnection,
  createConnection,
  deleteConnection,
  getConnection,
  listConnections,
  listEffectiveRules,
  listTools,
  testConnection,
} from './connections.routes.js';

@Controller()
export class ConnectionsController {
  constructor(@Inject(PolicyService) private readonly policy: PolicyService) {}

  @ApiRoute(listConnections)
  list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listConnections>) {
    return this.policy.list(caller, { type: 'connections', ...query });
  }

  @ApiRoute(getConnection)
  get(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof getConnection>) {
    return this.policy.one(caller, { type: 'connection', connection: params.id });
  }

  @ApiRoute(createConnection)
  create(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof createConnection>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'CreateConnection', ...body }, key);
  }

  @ApiRoute(changeConnection)
  change(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof changeConnection>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'ChangeConnection', connectionId: params.id, ...body }, key);
  }

  @ApiRoute(deleteConnection)
  remove(
    @CurrentCaller() caller: Caller,
    @Input() { params }: RouteInput<typeof deleteConnection>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.policy.command(caller, { type: 'DeleteConnection', connectionId: params.id }, key);
  }

  @ApiRoute(testConnection)
  test(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof testConnection>) {
    return this.policy.one(caller, { type: 'testConnection', connection: params.id });
  }

  @ApiRoute(listTools)
  tools(@CurrentCaller() caller: Caller, @Input() { params, query }: RouteInput<typeof listTools>) {
    return this.policy.list(caller, { type: 'tools', connection: params.id, ...query });
  }

  @ApiRoute(listEffectiveRules)
  effectiveRules(
    @CurrentCaller() caller: Caller,
    @Input() { params, query }: RouteInput<typeof listEffectiveRules>,
  ) {
    return this.policy.list(caller, { type: 'effectiveRules', connection: params.id, ...query });
  }
}
