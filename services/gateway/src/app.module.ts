import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { McpGateway, type McpGatewaySettings } from './mcp/mcp-gateway.js';
import {
  CALL_RECORDER,
  CONTROL_EVENTS,
  POLICY_CLIENT,
  UPSTREAM_POOL,
  type CallRecorder,
  type ControlEvents,
  type PolicyClient,
  type UpstreamPool,
} from './ports.js';

export interface GatewayParts {
  readonly policy: PolicyClient;
  readonly recorder: CallRecorder;
  readonly upstream: UpstreamPool;
  readonly control: ControlEvents;
  readonly settings: McpGatewaySettings;
  readonly logger: Logger;
}

/** The framework starts and stops the listener; no request goes through it. */
class McpListener implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(McpGateway) private readonly gateway: McpGateway) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.gateway.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.gateway.stop();
  }
}

@Module({})
export class AppModule {
  /** Binds the ports of the request path to what `main` opened. */
  static with({ policy, recorder, upstream, control, settings, logger }: GatewayParts): DynamicModule {
    return {
      module: AppModule,
      providers: [
        { provide: POLICY_CLIENT, useValue: policy },
        { provide: CALL_RECORDER, useValue: recorder },
        { provide: UPSTREAM_POOL, useValue: upstream },
        { provide: CONTROL_EVENTS, useValue: control },
        {
          provide: McpGateway,
          inject: [POLICY_CLIENT, CALL_RECORDER, UPSTREAM_POOL, CONTROL_EVENTS],
          useFactory: (
            policyClient: PolicyClient,
            callRecorder: CallRecorder,
            upstreamPool: UpstreamPool,
            controlEvents: ControlEvents,
          ) =>
            new McpGateway(
              settings,
              {
                policy: policyClient,
                recorder: callRecorder,
                upstream: upstreamPool,
                control: controlEvents,
              },
              logger,
            ),
        },
        McpListener,
      ],
    };
  }
}
