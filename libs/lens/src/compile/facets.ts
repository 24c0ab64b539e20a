import { isDiagnostic, resolveField, type ResolvedField } from '../registry/resolve.js';
import type { Diagnostic, FieldName, Query } from '../syntax/ast.js';
import {
  contextOf,
  type CompileContext,
  type CompileOptions,
  type CompileResult,
  type Scope,
} from './compile.js';
import { fieldExpression } from './expression.js';

/** Fields one answer may count: each is a grouping of its own over every row of the filter. */
export const MOST_FACETS = 12;

/** Columns of a facets answer: which field (its index in the request), one value, and what the field has in all. */
export const FACET_COLUMNS = {
  grouping: 'g',
  value: 'value',
  count: 'count',
  rows: 'rows',
  values: 'values',
} as const;

/**
 * Counts the values of several fields under the query's filter in one pass over the rows; its stages do not matter.
 * The most frequent `options.limit` values of each field come back, with the rows and distinct values of the whole.
 */
export function compileFacets(
  query: Query,
  fields: readonly FieldName[],
  scope: Scope,
  options: CompileOptions,
): CompileResult {
  const { context, filter } = contextOf({ filter: query.filter, stages: [] }, scope, options);
  const resolved = fields.map(resolveField);
  const errors: Diagnostic[] = [...filter.diagnostics, ...resolved.filter(isDiagnostic)];
  const known = resolved.filter((field): field is ResolvedField => !isDiagnostic(field));
  for (const field of known) {
    if (
      field.path.length === 0 &&
      (field.field.type === 'time' || field.field.type === 'json' || field.field.type === 'map')
    ) {
      errors.push({
        severity: 'error',
        code: 'lens.not_a_facet',
        message: `${field.label} is no facet: name one of its parts.`,
        from: 0,
        to: 1,
      });
    }
  }
  if (errors.length > 0) return { ok: false, diagnostics: errors };
  return {
    ok: true,
    compiled: {
      ...facetSql(context, known),
      kind: 'table',
      limit: options.limit * known.length,
      sensitive: known.filter((field) => field.field.sensitive).map((field) => field.field.name),
    },
  };
}

/** Which field of the request a row of the answer counts. */
export function facetIndex(grouping: number, fields: number): number {
  return Array.from({ length: fields }, (_, index) => groupingOf(index, fields)).indexOf(grouping);
}

/** ClickHouse's `grouping()`: a bit for each field, the first highest, 0 for the one that a row is grouped by. */
function groupingOf(index: number, fields: number): number {
  return 2 ** fields - 1 - 2 ** (fields - 1 - index);
}

function facetSql({ source, parameters, options }: CompileContext, fields: readonly ResolvedField[]) {
  const expressions = fields.map((field) => {
    const { text } = fieldExpression(field, parameters);
    return field.field.type === 'keyword' || field.field.type === 'enum' || field.field.type === 'ip'
      ? text
      : `toString(${text})`;
  });
  const names = expressions.map((_, index) => `f${index}`);
  const grouped = [
    `SELECT ${expressions.map((sql, index) => `${sql} AS ${names[index]}`).join(', ')}, count() AS n, grouping(${names.join(', ')}) AS g`,
    `FROM ${source.from} WHERE ${source.where}`,
    `GROUP BY GROUPING SETS (${names.map((name) => `(${name})`).join(', ')})`,
  ].join(' ');
  const value = `multiIf(${names.map((name, index) => `g = ${groupingOf(index, names.length)}, toString(${name})`).join(', ')}, '')`;
  return {
    sql: `SELECT g, ${value} AS value, n AS count, sum(n) OVER (PARTITION BY g) AS rows, count() OVER (PARTITION BY g) AS values
      FROM (${grouped}) ORDER BY g, n DESC, value LIMIT ${options.limit} BY g`,
    parameters: parameters.values,
    columns: [
      { name: FACET_COLUMNS.grouping, type: 'number' },
      { name: FACET_COLUMNS.value, type: 'string' },
      { name: FACET_COLUMNS.count, type: 'number' },
      { name: FACET_COLUMNS.rows, type: 'number' },
      { name: FACET_COLUMNS.values, type: 'number' },
    ],
  } as const;
}
