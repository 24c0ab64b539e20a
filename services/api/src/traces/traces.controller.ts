import { Controller, Inject } from '@nestjs/common';
import type { FieldName, Query, Stage } from '@portcullis/lens';
import { ProblemError } from '@portcullis/service';
import { AuditStore } from '../audit-store/audit-store.js';
import { PageCursors } from '../audit-store/page-cursor.js';
import { timeRange } from '../audit-store/time-range.js';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { equals } from '../lens/filters.js';
import { compileQuery } from '../lens/lens-query.js';
import { serverQueryId } from '../lens/running-query.js';
import { getTrace } from './traces.routes.js';

const at = { from: 0, to: 0 };
const field = (name: string): FieldName => ({ path: [name], ...at });
const SPAN_FIELDS = [
  'id',
  'time',
  'type',
  'method',
  'tool',
  'resource',
  'prompt',
  'connection',
  'decision',
  'outcome',
  'reason',
  'rule',
  'agent',
  'user',
  'latency_ms',
  'upstream_ms',
  'policy_ms',
].map(field);
const OLDEST_FIRST: readonly Stage[] = [
  { kind: 'sort', key: { kind: 'field', field: field('time') }, descending: false, ...at },
  { kind: 'fields', fields: SPAN_FIELDS, ...at },
];
const COUNTED: readonly Stage[] = [
  {
    kind: 'stats',
    by: [],
    ...at,
    aggregates: [
      { name: 'count', field: null, ...at },
      { name: 'uniq', field: field('connection'), ...at },
    ],
  },
];

@Controller()
export class TracesController {
  constructor(
    @Inject(AuditStore) private readonly store: AuditStore,
    @Inject(PageCursors) private readonly cursors: PageCursors,
  ) {}

  @ApiRoute(getTrace)
  async get(@CurrentCaller() caller: Caller, @Input() { params, query }: RouteInput<typeof getTrace>) {
    const { tenantId } = caller.principal;
    const fingerprint = JSON.stringify([tenantId, 'trace', params.traceId, query.from, query.to]);
    const cursor = query.cursor ? this.cursors.open(query.cursor, fingerprint) : undefined;
    const ceiling = cursor?.ceiling ?? Date.now();
    const scope = { tenantId, ...timeRange(query.from, query.to, ceiling) };
    const run = (stages: readonly Stage[]) => {
      const asked: Query = { filter: equals('trace', params.traceId), stages };
      const compiled = compileQuery(asked, scope, {
        limit: query.limit,
        ceiling,
        ...(cursor ? { cursor } : {}),
      });
      return this.store.run(compiled, { queryId: serverQueryId(tenantId), ceiling });
    };
    const [page, counted] = await Promise.all([run(OLDEST_FIRST), run(COUNTED)]);
    if (page.rows.length === 0 && cursor === undefined) {
      throw new ProblemError({ code: 'trace.not_found', status: 404, title: 'No such trace.' });
    }
    return {
      data: { traceId: params.traceId, spans: page.rows },
      meta: {
        cursor: page.next ? this.cursors.sign(page.next, fingerprint) : null,
        events: Number(counted.rows[0]?.['count()'] ?? 0),
        connections: Number(counted.rows[0]?.['uniq(connection)'] ?? 0),
      },
    };
  }
}
