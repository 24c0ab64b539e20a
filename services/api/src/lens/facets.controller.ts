import { randomUUID } from 'node:crypto';
import { Controller, Inject, Res } from '@nestjs/common';
import {
  compileFacets,
  compileHistogram,
  FACET_COLUMNS,
  facetIndex,
  parseField,
  type Compiled,
  type CompileResult,
  type FieldName,
  type Query,
  type Scope,
} from '@portcullis/lens';
import { ProblemError } from '@portcullis/service';
import type { FastifyReply } from 'fastify';
import { AuditStore } from '../audit-store/audit-store.js';
import { timeRange } from '../audit-store/time-range.js';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { lensFacets, lensHistogram } from './facets.routes.js';
import { compiledOr400, parseText } from './lens-query.js';
import { closed, queryMeta, serverQueryId } from './running-query.js';

interface Asked {
  readonly q: string;
  readonly from: string;
  readonly to: string;
  readonly queryId?: string | undefined;
}

/** What stands beside the rows of a query: how its values and its times are spread. */
@Controller()
export class FacetsController {
  constructor(@Inject(AuditStore) private readonly store: AuditStore) {}

  @ApiRoute(lensFacets)
  async facets(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof lensFacets>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const names = [...new Set(body.fields)];
    const fields = names.map(fieldNamed);
    const { rows, meta } = await this.run(caller, body, reply, (query, scope, ceiling) =>
      compileFacets(query, fields, scope, { limit: body.values, ceiling }),
    );
    const data = names.map((field, index) => {
      const found = rows.filter(
        (row) => facetIndex(Number(row[FACET_COLUMNS.grouping]), names.length) === index,
      );
      const values = found.map((row) => ({
        value: String(row[FACET_COLUMNS.value]),
        count: Number(row[FACET_COLUMNS.count]),
      }));
      const all = {
        count: Number(found[0]?.[FACET_COLUMNS.rows] ?? 0),
        values: Number(found[0]?.[FACET_COLUMNS.values] ?? 0),
      };
      const listed = values.reduce((sum, { count }) => sum + count, 0);
      return { field, values, others: { count: all.count - listed, values: all.values - values.length } };
    });
    return { data, meta };
  }

  @ApiRoute(lensHistogram)
  async histogram(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof lensHistogram>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { rows, meta } = await this.run(caller, body, reply, (query, scope, ceiling) =>
      compileHistogram(query, scope, { buckets: body.buckets, ceiling }),
    );
    const buckets = new Map<number, { time: string; total: number; decisions: Record<string, number> }>();
    for (const row of rows) {
      const time = Number(row['time']);
      const bucket = buckets.get(time) ?? { time: new Date(time).toISOString(), total: 0, decisions: {} };
      const count = Number(row['count']);
      bucket.decisions[String(row['decision'])] = count;
      bucket.total += count;
      buckets.set(time, bucket);
    }
    return { data: [...buckets.values()], meta };
  }

  private async run(
    caller: Caller,
    asked: Asked,
    reply: FastifyReply,
    compile: (query: Query, scope: Scope, ceiling: number) => CompileResult,
  ) {
    const { tenantId } = caller.principal;
    const ceiling = Date.now();
    const range = timeRange(asked.from, asked.to, ceiling);
    const compiled: Compiled = compiledOr400(compile(parseText(asked.q), { tenantId, ...range }, ceiling));
    const queryId = asked.queryId ?? randomUUID();
    const page = await this.store.run(compiled, {
      queryId: serverQueryId(tenantId, queryId),
      ceiling,
      signal: closed(reply),
    });
    return {
      rows: page.rows,
      meta: queryMeta(page, compiled, range, queryId),
    };
  }
}

function fieldNamed(text: string, index: number): FieldName {
  const field = parseField(text);
  if (field !== null) return field;
  throw new ProblemError({
    code: 'lens.invalid',
    status: 400,
    title: 'There is no such field.',
    issues: [{ pointer: `/fields/${index}`, message: 'unknown field' }],
  });
}
