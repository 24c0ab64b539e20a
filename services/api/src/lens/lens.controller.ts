import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Controller, Inject, Res } from '@nestjs/common';
import {
  FIELDS,
  parse,
  resolveField,
  serialize,
  isDiagnostic,
  LENS_LIMITS,
  type RowCursor,
  type Scope,
} from '@portcullis/lens';
import { ProblemError } from '@portcullis/service';
import type { FastifyReply } from 'fastify';
import { ActivityLog } from '../activity/activity-log.js';
import { AuditStore } from '../audit-store/audit-store.js';
import { PageCursors } from '../audit-store/page-cursor.js';
import { timeRange } from '../audit-store/time-range.js';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { EXPORT_PAGE, exportLines } from './lens-export.js';
import { compileText } from './lens-query.js';
import { closed, queryMeta, serverQueryId } from './running-query.js';
import { cancelLens, exportLens, lensFields, lensValues, parseLens, queryLens } from './lens.routes.js';

@Controller()
export class LensController {
  constructor(
    @Inject(AuditStore) private readonly store: AuditStore,
    @Inject(PageCursors) private readonly cursors: PageCursors,
    @Inject(ActivityLog) private readonly activity: ActivityLog,
  ) {}

  @ApiRoute(queryLens)
  async query(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof queryLens>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { tenantId } = caller.principal;
    const now = Date.now();
    const fingerprint = JSON.stringify([tenantId, body.q, body.from, body.to]);
    const cursor = body.cursor ? this.cursors.open(body.cursor, fingerprint) : undefined;
    // Later pages are read as of the first: relative times must not move under them.
    const range = timeRange(body.from, body.to, cursor?.ceiling ?? now);
    const ceiling = cursor?.ceiling ?? now;
    const { compiled } = compileText(
      body.q,
      { tenantId, ...range },
      { limit: body.limit, ceiling, ...(cursor ? { cursor } : {}) },
    );
    const queryId = body.queryId ?? randomUUID();
    const page = await this.store.run(compiled, {
      queryId: serverQueryId(tenantId, queryId),
      ceiling,
      signal: closed(reply),
    });
    return {
      data: { kind: compiled.kind, columns: page.columns, rows: page.rows },
      meta: {
        cursor: page.next ? this.cursors.sign(page.next, fingerprint) : null,
        ...queryMeta(page, compiled, range, queryId),
      },
    };
  }

  @ApiRoute(cancelLens)
  async cancel(@CurrentCaller() caller: Caller, @Input() { body }: RouteInput<typeof cancelLens>) {
    await this.store.cancel(serverQueryId(caller.principal.tenantId, body.queryId));
    return { data: { queryId: body.queryId }, meta: {} };
  }

  @ApiRoute(parseLens)
  parse(@Input() { body }: RouteInput<typeof parseLens>) {
    const { query, diagnostics } = parse(body.q);
    return { data: { canonical: serialize(query), diagnostics }, meta: {} };
  }

  @ApiRoute(lensFields)
  fields() {
    const data = FIELDS.map(
      ({ name, aliases = [], type, doc, unit = null, values = null, facet = false, sensitive = false }) => ({
        name,
        aliases,
        type,
        doc,
        unit,
        values,
        facet,
        sensitive,
      }),
    );
    return { data, meta: {} };
  }

  @ApiRoute(lensValues)
  async values(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof lensValues>) {
    const { tenantId } = caller.principal;
    const now = Date.now();
    const parsed = parse(`| top ${query.limit} ${query.field}`);
    const stage = parsed.query.stages[0];
    const field = stage?.kind === 'top' ? resolveField(stage.field) : undefined;
    if (parsed.diagnostics.length > 0 || field === undefined || isDiagnostic(field)) {
      throw new ProblemError({
        code: 'lens.invalid',
        status: 400,
        title: 'There is no such field.',
        issues: [{ pointer: '/field', message: 'unknown field' }],
      });
    }
    const prefix =
      query.prefix === ''
        ? ''
        : ` ${query.field}:re:${JSON.stringify(`^${query.prefix.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')}`)}`;
    const filter = query.q.trim() === '' ? '' : `(${query.q})`;
    const { compiled } = compileText(
      `${filter}${prefix} has:${query.field} | top ${query.limit} ${query.field}`,
      { tenantId, ...timeRange(query.from, query.to, now) },
      { limit: query.limit },
    );
    const page = await this.store.run(compiled, {
      queryId: serverQueryId(tenantId),
      ceiling: now,
    });
    const data = page.rows.map((row) => ({
      value: String(row[field.label] ?? ''),
      count: Number(row['count()']),
    }));
    return { data, meta: { tookMs: page.tookMs, scannedRows: page.scannedRows } };
  }

  @ApiRoute(exportLens)
  async export(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof exportLens>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { tenantId } = caller.principal;
    const ceiling = Date.now();
    const scope = { tenantId, ...timeRange(body.from, body.to, ceiling) };
    const signal = closed(reply);
    const page = (cursor: RowCursor | undefined, limit: number) => {
      const { compiled } = compileText(body.q, scope, {
        limit: Math.min(limit, EXPORT_PAGE, LENS_LIMITS.rows),
        ceiling,
        ...(cursor ? { cursor } : {}),
      });
      return this.store.run(compiled, { queryId: serverQueryId(tenantId), ceiling, signal });
    };
    // The first page is read before the answer begins, so that a bad query is still a problem document.
    const first = await page(undefined, body.limit);
    await this.recordExport(caller, scope, body);
    void reply
      .header('content-type', body.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
      .header('content-disposition', `attachment; filename="portcullis-export.${body.format}"`)
      .send(Readable.from(exportLines({ format: body.format, limit: body.limit, first, page })));
  }

  /** Nobody takes rows out unseen: what cannot be recorded does not begin. */
  private async recordExport(
    { principal, actor }: Caller,
    { from, to }: Scope,
    { q, format, limit }: RouteInput<typeof exportLens>['body'],
  ): Promise<void> {
    const data = { q, from: new Date(from).toISOString(), to: new Date(to).toISOString(), format, limit };
    try {
      await this.activity.record({ type: 'AuditExported', tenantId: principal.tenantId, actor, data });
    } catch (cause) {
      throw new ProblemError(
        {
          code: 'lens.export_not_recorded',
          status: 503,
          title: 'The export cannot be recorded right now, so it does not begin.',
        },
        { cause },
      );
    }
  }
}
