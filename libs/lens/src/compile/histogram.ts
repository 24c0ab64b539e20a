import type { Query } from '../syntax/ast.js';
import { contextOf, type CompileOptions, type CompileResult, type Scope } from './compile.js';

/** Lengths of a bucket people read easily, in seconds: one second to four weeks. */
const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800, 2_419_200,
];

/** The shortest readable step that cuts the range into at most so many buckets. */
export function histogramStep(scope: Pick<Scope, 'from' | 'to'>, buckets: number): number {
  const seconds = (scope.to - scope.from) / 1000;
  return STEPS.find((step) => seconds / step <= buckets) ?? Math.ceil(seconds / buckets);
}

/**
 * Rows of the query's filter over time by decision, in one pass; its stages do not matter. Buckets begin at whole
 * multiples of the step (`time` in milliseconds); empty ones are left out.
 */
export function compileHistogram(
  query: Query,
  scope: Scope,
  options: Omit<CompileOptions, 'limit'> & { readonly buckets: number },
): CompileResult {
  const { context, filter } = contextOf({ filter: query.filter, stages: [] }, scope, {
    ...options,
    limit: 1,
  });
  if (filter.diagnostics.length > 0) return { ok: false, diagnostics: filter.diagnostics };
  const everySeconds = histogramStep(scope, options.buckets);
  const { parameters, source } = context;
  const step = parameters.add('Int64', everySeconds * 1000);
  const bucket = `intDiv(toUnixTimestamp64Milli(event_time), ${step}) * ${step}`;
  return {
    ok: true,
    compiled: {
      sql: `SELECT ${bucket} AS time, decision, count() AS count FROM ${source.from} WHERE ${source.where} GROUP BY time, decision ORDER BY time, decision`,
      parameters: parameters.values,
      columns: [
        { name: 'time', type: 'number' },
        { name: 'decision', type: 'string' },
        { name: 'count', type: 'number' },
      ],
      kind: 'table',
      limit: (options.buckets + 1) * 8,
      everySeconds,
      sensitive: [],
    },
  };
}
