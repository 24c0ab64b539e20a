import { Controller, Inject } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { chosen } from '../lens/filters.js';
import { RowPages } from '../lens/row-pages.js';
import { getAuditEvent, listAuditEvents } from './audit-events.routes.js';

/** Filters of the list by the Lens field they stand for. */
const FILTER_FIELDS = {
  traceId: 'trace',
  connection: 'connection',
  tool: 'tool',
  decision: 'decision',
  user: 'user',
  type: 'type',
} as const;

@Controller()
export class AuditEventsController {
  constructor(@Inject(RowPages) private readonly rows: RowPages) {}

  @ApiRoute(listAuditEvents)
  async list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listAuditEvents>) {
    const filters = chosen(FILTER_FIELDS, query);
    const { page, cursor } = await this.rows.page(caller.principal.tenantId, 'audit-events', query, filters);
    return { data: page.rows, meta: { cursor } };
  }

  @ApiRoute(getAuditEvent)
  async get(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof getAuditEvent>) {
    const { page } = await this.rows.one(caller.principal.tenantId, params.id);
    const [row] = page.rows;
    if (row === undefined)
      throw new ProblemError({ code: 'audit_event.not_found', status: 404, title: 'No such audit event.' });
    return { data: row, meta: {} };
  }
}
