import { Controller, Inject } from '@nestjs/common';
import type { AnomalyView } from '@portcullis/contracts';
import { ProblemError } from '@portcullis/service';
import { AuditStore } from '../audit-store/audit-store.js';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { chosen, equals } from '../lens/filters.js';
import { RowPages, type RowsFound } from '../lens/row-pages.js';
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
    @Inject(RowPages) private readonly rows: RowPages,
  ) {}

  @ApiRoute(listAnomalies)
  async list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listAnomalies>) {
    const filters = [FINDINGS, ...chosen(FILTERS, query)];
    const found = await this.rows.page(caller.principal.tenantId, 'anomalies', query, filters);
    return { data: await this.views(found), meta: { cursor: found.cursor } };
  }

  @ApiRoute(getAnomaly)
  async get(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof getAnomaly>) {
    const [view] = await this.views(await this.rows.one(caller.principal.tenantId, params.id, [FINDINGS]));
    if (view === undefined)
      throw new ProblemError({ code: 'anomaly.not_found', status: 404, title: 'No such finding.' });
    return { data: view, meta: {} };
  }

  /** The rows hold a finding's figures as text, cut where they are long: its event as it was recorded holds them whole. */
  private async views({ scope, page }: RowsFound): Promise<AnomalyView[]> {
    const ids = page.rows.map((row) => String(row['id']));
    const recorded = await this.store.recorded(scope, ids);
    return ids.flatMap((id) => anomalyView(recorded.get(id) ?? '') ?? []);
  }
}
