import { AUDIT_EVENTS_TABLE } from '@portcullis/contracts';
import type { Diagnostic, Query } from '../syntax/ast.js';
import { LENS_LIMITS } from '../syntax/limits.js';
import { FilterCompiler } from './filter.js';
import { Parameters } from './parameters.js';
import { compileRows } from './rows.js';
import { compileTable } from './table.js';

/** What the grammar cannot say: whose rows, and of what time. Added by the compiler to every read of the table. */
export interface Scope {
  readonly tenantId: string;
  /** Milliseconds since the epoch; `from` included, `to` excluded. */
  readonly from: number;
  readonly to: number;
}

/** Where a page of rows starts: after the last row of the page before. `ceiling` keeps later arrivals out of it. */
export interface RowCursor {
  readonly sort: string | number;
  readonly time: number;
  readonly id: string;
  readonly ceiling: number;
}

export interface CompileOptions {
  readonly limit: number;
  readonly cursor?: RowCursor;
  /** Rows stored after this moment (milliseconds) are left out, so that pages do not shift. */
  readonly ceiling?: number;
}

export type ColumnType = 'string' | 'number' | 'time' | 'json' | 'map' | 'boolean';
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly unit?: 'ms' | 'bytes';
}

export interface Compiled {
  /** ClickHouse SQL whose only variable parts are bound parameters. */
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly columns: readonly Column[];
  /** `rows`: events, paged by cursor. `table` and `series`: whole answers. */
  readonly kind: 'rows' | 'table' | 'series';
  /** For `rows`: more rows than this may follow; the answer holds at most this many. */
  readonly limit: number;
  /** For `series`: seconds of a bucket. */
  readonly everySeconds?: number;
  /** For `rows`: the field pages are ordered by, beside time and id. */
  readonly sort?: { readonly label: string; readonly descending: boolean };
  /** Names of payload fields the query reads; reading them is an audited act. */
  readonly sensitive: readonly string[];
}

export type CompileResult =
  | { readonly ok: true; readonly compiled: Compiled }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Compiles a parsed query. The tenant and the time range are the caller's; the query cannot name or widen them. */
export function compile(query: Query, scope: Scope, options: CompileOptions): CompileResult {
  const { context, filter } = contextOf(query, scope, options);
  const table = query.stages.some(
    (stage) => stage.kind === 'stats' || stage.kind === 'timeseries' || stage.kind === 'top',
  );
  const { compiled, diagnostics } = table ? compileTable(context) : compileRows(context);
  const errors = [...filter.diagnostics, ...diagnostics];
  if (errors.length > 0 || compiled === null) return { ok: false, diagnostics: errors };
  return { ok: true, compiled };
}

/** What every kind of answer is compiled from; the filter's mistakes are in `filter.diagnostics`. */
export function contextOf(
  query: Query,
  scope: Scope,
  options: CompileOptions,
): { context: CompileContext; filter: FilterCompiler } {
  const parameters = new Parameters();
  const filter = new FilterCompiler(parameters);
  const source = sourceOf(query, scope, filter, parameters, options);
  return {
    filter,
    context: {
      query,
      scope,
      options: { ...options, limit: Math.min(options.limit, LENS_LIMITS.rows) },
      parameters,
      source,
    },
  };
}

export interface CompileContext {
  readonly query: Query;
  readonly scope: Scope;
  readonly options: CompileOptions;
  readonly parameters: Parameters;
  readonly source: Source;
}

/** `FROM … WHERE …` of every read: one place adds tenant and time. */
export interface Source {
  readonly from: string;
  readonly where: string;
}

function sourceOf(
  query: Query,
  scope: Scope,
  filter: FilterCompiler,
  parameters: Parameters,
  options: CompileOptions,
): Source {
  const conditions = [
    `tenant_id = ${parameters.add('String', scope.tenantId)}`,
    `event_time >= fromUnixTimestamp64Milli(${parameters.add('Int64', Math.trunc(scope.from))}, 'UTC')`,
    `event_time < fromUnixTimestamp64Milli(${parameters.add('Int64', Math.trunc(scope.to))}, 'UTC')`,
  ];
  const ceiling = options.cursor?.ceiling ?? options.ceiling;
  if (ceiling !== undefined)
    conditions.push(`ingested_at <= fromUnixTimestamp64Milli(${parameters.add('Int64', ceiling)}, 'UTC')`);
  if (query.filter !== null) conditions.push(filter.compile(query.filter));
  return { from: `${AUDIT_EVENTS_TABLE} FINAL`, where: conditions.join(' AND ') };
}
