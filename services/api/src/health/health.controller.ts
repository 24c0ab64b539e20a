import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiRoute } from '../http/route.decorators.js';
import { getHealth } from './health.routes.js';
import { ServiceHealth } from './service-health.js';

@Controller()
export class HealthController {
  constructor(@Inject(ServiceHealth) private readonly services: ServiceHealth) {}

  @ApiRoute(getHealth)
  async health(@Res({ passthrough: true }) reply: FastifyReply) {
    const reports = await this.services.reports();
    const available = reports.every((report) => report.status === 'serving' || report.status === 'degraded');
    const degraded = reports.some((report) => report.status !== 'serving');
    void reply.status(available ? 200 : 503);
    return {
      data: {
        status: available ? (degraded ? 'degraded' : 'serving') : 'unavailable',
        services: Object.fromEntries(reports.map((report) => [report.service, { status: report.status }])),
      },
      meta: {},
    };
  }
}
