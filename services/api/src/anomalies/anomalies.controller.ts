import { randomUUID } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import type { AnomalyView } from '@portcullis/contracts';
import type { Filter, Scope } from '@portcullis/lens';
import { ProblemError } from '@portcullis/service';
import { AuditStore, type Page } from '../audit-store/audit-store.js';
import { PageCursors } from '../audit-store/page-cursor.js';
import { timeRange } from '../audit-store/time-range.js';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { equals, every } from '../lens/filters.js';
import { compileQuery } from '../lens/lens-query.js';
import { getAnomaly, listAnomalies } from './anomalies.routes.js';
import { anomalyView } from './anomaly-view.js';

/** Filters of the list by the Lens field they stand for. */
const FILTERS = {
  kind: ['attrs', 'kind'],
  severity: ['attrs', 'severity'],
  connection: ['connection'],
} as const;
const FINDINGS = equals('type', 'anomaly');

@Controller()
export class AnomaliesController {
  constructor(
    @Inject(AuditStore) private readonly store: AuditStore,
    @Inject(PageCursors) private readonly cursors: PageCursors,
  ) {}

  @ApiRoute(listAnomalies)
  async list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listAnomalies>) {
    const { tenantId } = caller.principal;
    const { cursor: given, limit, ...filters } = query;
    const fingerprint = JSON.stringify([tenantId, 'anomalies', filters]);
    const cursor = given ? this.cursors.open(given, fingerprint) : undefined;
    const ceiling = cursor?.ceiling ?? Date.now();
    const terms = Object.entries(FILTERS).flatMap(([name, path]) => {
      const value = query[name as keyof typeof FILTERS];
      return value === undefined ? [] : [equals(path, value)];
    });
    const scope = { tenantId, ...timeRange(query.from, query.to, ceiling) };
    const compiled = compileQuery({ filter: every([FINDINGS, ...terms]), stages: [] }, scope, {
      limit,
      ceiling,
      ...(cursor ? { cursor } : {}),
    });
    const page = await this.store.run(compiled, { queryId: `${tenantId}:${randomUUID()}`, ceiling });
    return {
      data: await this.views(scope, page),
      meta: { cursor: page.next ? this.cursors.sign(page.next, fingerprint) : null },
    };
  }

  @ApiRoute(getAnomaly)
  async get(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof getAnomaly>) {
    const { tenantId } = caller.principal;
    const now = Date.now();
    const scope = { tenantId, ...timeRange('now-2200d', 'now', now + 60_000) };
    const filter: Filter = every([FINDINGS, equals('id', params.id)]);
    const compiled = compileQuery({ filter, stages: [] }, scope, { limit: 1 });
    const page = await this.store.run(compiled, { queryId: `${tenantId}:${randomUUID()}`, ceiling: now });
    const [view] = await this.views(scope, page);
    if (view === undefined)
      throw new ProblemError({ code: 'anomaly.not_found', status: 404, title: 'No such finding.' });
    return { data: view, meta: {} };
  }

  /** The rows hold a finding's figures as text, cut where they are long: its event as it was recorded holds them whole. */
  private async views(scope: Scope, page: Page): Promise<AnomalyView[]> {
    const ids = page.rows.map((row) => String(row['id']));
    const recorded = await this.store.recorded(scope, ids);
    return ids.flatMap((id) => anomalyView(recorded.get(id) ?? '') ?? []);
  }
}
