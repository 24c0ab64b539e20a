import { Inject, Injectable } from '@nestjs/common';
import type { Filter, Scope } from '@portcullis/lens';
import { AuditStore, type Page } from '../audit-store/audit-store.js';
import { PageCursors } from '../audit-store/page-cursor.js';
import { timeRange } from '../audit-store/time-range.js';
import { equals, every } from './filters.js';
import { compileQuery } from './lens-query.js';
import { serverQueryId } from './running-query.js';

export interface RowsAsked {
  readonly from: string;
  readonly to: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface RowsFound {
  readonly scope: Scope;
  readonly page: Page;
}

/** Rows of the audit tables that lists of the API are made of. */
@Injectable()
export class RowPages {
  constructor(
    @Inject(AuditStore) private readonly store: AuditStore,
    @Inject(PageCursors) private readonly cursors: PageCursors,
  ) {}

  /**
   * A page of the organization's rows that all filters choose, newest first, as of its first page. `list` names the list: a
   * cursor is of one list and what was asked of it.
   */
  async page(
    tenantId: string,
    list: string,
    { cursor: given, limit, ...asked }: RowsAsked,
    filters: readonly Filter[],
  ): Promise<RowsFound & { readonly cursor: string | null }> {
    const fingerprint = JSON.stringify([tenantId, list, asked]);
    const cursor = given ? this.cursors.open(given, fingerprint) : undefined;
    const ceiling = cursor?.ceiling ?? Date.now();
    const scope = { tenantId, ...timeRange(asked.from, asked.to, ceiling) };
    const compiled = compileQuery({ filter: everyOf(filters), stages: [] }, scope, {
      limit,
      ceiling,
      ...(cursor ? { cursor } : {}),
    });
    const page = await this.store.run(compiled, { queryId: serverQueryId(tenantId), ceiling });
    return { scope, page, cursor: page.next ? this.cursors.sign(page.next, fingerprint) : null };
  }

  /** The row with an id, of however long ago, if the filters choose it. */
  async one(tenantId: string, id: string, filters: readonly Filter[] = []): Promise<RowsFound> {
    const now = Date.now();
    const scope = { tenantId, ...timeRange('now-2200d', 'now', now + 60_000) };
    const filter = every([...filters, equals('id', id)]);
    const compiled = compileQuery({ filter, stages: [] }, scope, { limit: 1 });
    return {
      scope,
      page: await this.store.run(compiled, { queryId: serverQueryId(tenantId), ceiling: now }),
    };
  }
}

function everyOf(filters: readonly Filter[]): Filter | null {
  return filters.length === 0 ? null : every(filters);
}
