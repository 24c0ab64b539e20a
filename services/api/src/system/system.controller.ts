import { Controller, Inject } from '@nestjs/common';
import { ApiRoute } from '../http/route.decorators.js';
import { SystemStatus } from './system-status.js';
import { getSystem } from './system.routes.js';

@Controller()
export class SystemController {
  constructor(@Inject(SystemStatus) private readonly status: SystemStatus) {}

  @ApiRoute(getSystem)
  async system() {
    return { data: await this.status.view(), meta: {} };
  }
}
