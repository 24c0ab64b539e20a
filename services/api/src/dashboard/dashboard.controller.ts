import { Controller, Inject } from '@nestjs/common';
import { ApiRoute } from '../http/route.decorators.js';
import { getDashboardSettings } from './dashboard.routes.js';

/** Base URL of the gateway as agents reach it. */
export const GATEWAY_PUBLIC_URL = Symbol('GATEWAY_PUBLIC_URL');

@Controller()
export class DashboardController {
  constructor(@Inject(GATEWAY_PUBLIC_URL) private readonly gatewayUrl: string) {}

  @ApiRoute(getDashboardSettings)
  settings() {
    return { data: { gatewayUrl: this.gatewayUrl }, meta: {} };
  }
}
