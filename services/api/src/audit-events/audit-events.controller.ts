import { randomUUID } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import { AuditStore } from '../audit-store/audit-store.js';
import { PageCursors } from '../audit-store/page-cursor.js';
import { timeRange } from '../audit-store/time-range.js';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { equals } from '../lens/filters.js';
import { compileQuery } from '../lens/lens-query.js';
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
  constructor(
    @Inject(AuditStore) private readonly store: AuditStore,
    @Inject(PageCursors) private readonly cursors: PageCursors,
  ) {}

  @ApiRoute(listAuditEvents)
  async list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listAuditEvents>) {
    const { tenantId } = caller.principal;
    const { cursor: given, limit, ...filters } = query;
    const fingerprint = JSON.stringify([tenantId, filters]);
    const cursor = given ? this.cursors.open(given, fingerprint) : undefined;
    const ceiling = cursor?.ceiling ?? Date.now();
    const terms = Object.entries(FILTER_FIELDS).flatMap(([name, field]) => {
      const value = query[name as keyof typeof FILTER_FIELDS];
      return value === undefined ? [] : [equals(field, value)];
    });
    const compiled = compileQuery(
      { filter: terms.length === 0 ? null : { kind: 'and', items: terms, from: 0, to: 0 }, stages: [] },
      { tenantId, ...timeRange(query.from, query.to, ceiling) },
      { limit, ceiling, ...(cursor ? { cursor } : {}) },
    );
    const page = await this.store.run(compiled, { queryId: `${tenantId}:${randomUUID()}`, ceiling });
    return {
      data: page.rows,
      meta: { cursor: page.next ? this.cursors.sign(page.next, fingerprint) : null },
    };
  }

  @ApiRoute(getAuditEvent)
  async get(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof getAuditEvent>) {
    const { tenantId } = caller.principal;
    const now = Date.now();
    const compiled = compileQuery(
      { filter: equals('id', params.id), stages: [] },
      { tenantId, ...timeRange('now-2200d', 'now', now + 60_000) },
      { limit: 1 },
    );
    const [row] = (await this.store.run(compiled, { queryId: `${tenantId}:${randomUUID()}`, ceiling: now }))
      .rows;
    if (row === undefined)
      throw new ProblemError({ code: 'audit_event.not_found', status: 404, title: 'No such audit event.' });
    return { data: row, meta: {} };
  }
}
