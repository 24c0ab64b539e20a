import type { Aggregate, Diagnostic, FieldName, Stage } from '../syntax/ast.js';
import { aggregateText, sortText } from '../syntax/serialize.js';
import { nearest } from '../syntax/nearest.js';
import { isDiagnostic, resolveField, type ResolvedField } from '../registry/resolve.js';
import type { Column, CompileContext, Compiled } from './compile.js';
import { fieldExpression } from './expression.js';
import { columnOf, quoteName } from './rows.js';

/** Buckets a series may have; the automatic step aims at 120. */
const MAX_BUCKETS = 2000;
const STEPS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800];
/** Groups of a table or lines of a chart, unless limited to fewer. */
const MAX_GROUPS = 1000;
const MAX_SERIES = 20;

type Grouping = Extract<Stage, { kind: 'stats' | 'timeseries' | 'top' }>;

/** `stats`, `timeseries` and `top`: one grouping, then sort, limit and fields over its columns. */
export function compileTable(context: CompileContext): {
  compiled: Compiled | null;
  diagnostics: Diagnostic[];
} {
  return new TableCompiler(context).compile();
}

class TableCompiler {
  private readonly diagnostics: Diagnostic[] = [];
  private readonly columns: Column[] = [];
  private readonly select: string[] = [];
  private readonly groupBy: string[] = [];
  private readonly sensitive = new Set<string>();

  constructor(private readonly context: CompileContext) {}

  compile(): { compiled: Compiled | null; diagnostics: Diagnostic[] } {
    const [grouping, ...rest] = this.stages();
    if (grouping === undefined) return { compiled: null, diagnostics: this.diagnostics };
    switch (grouping.kind) {
      case 'stats':
        return this.stats(grouping.aggregates, grouping.by, rest);
      case 'top':
        return this.top(grouping, rest);
      case 'timeseries':
        return this.timeseries(grouping, rest);
    }
  }

  /** The grouping first; what may follow it. Everything else is said to be out of place. */
  private stages(): [Grouping, ...Stage[]] | [] {
    const [first, ...rest] = this.context.query.stages;
    const isGrouping = (stage: Stage): stage is Grouping =>
      stage.kind === 'stats' || stage.kind === 'timeseries' || stage.kind === 'top';
    if (first === undefined || !isGrouping(first)) {
      this.error(first ?? { from: 0, to: 1 }, 'lens.stage_order', 'stats, timeseries and top come first.');
      return [];
    }
    const second = rest.find(isGrouping);
    if (second !== undefined) {
      this.error(second, 'lens.stage_order', 'A query groups once.');
      return [];
    }
    return [first, ...rest];
  }

  private stats(aggregates: readonly Aggregate[], by: readonly FieldName[], rest: readonly Stage[]) {
    by.forEach((field) => this.group(field));
    aggregates.forEach((aggregate) => this.aggregate(aggregate));
    const first = aggregates[0];
    return this.finish(
      'table',
      rest,
      first && by.length > 0 ? `${quoteName(aggregateText(first))} DESC` : null,
    );
  }

  private top(stage: Extract<Stage, { kind: 'top' }>, rest: readonly Stage[]) {
    this.group(stage.field);
    this.aggregate({ name: 'count', field: null, from: stage.from, to: stage.to });
    return this.finish('table', rest, '`count()` DESC', stage.count);
  }

  private timeseries(stage: Extract<Stage, { kind: 'timeseries' }>, rest: readonly Stage[]) {
    const { scope, parameters, source } = this.context;
    const seconds = (scope.to - scope.from) / 1000;
    const every =
      stage.everySeconds ?? STEPS.find((step) => seconds / step <= 120) ?? STEPS[STEPS.length - 1] ?? 60;
    if (seconds / every > MAX_BUCKETS) {
      this.error(
        stage,
        'lens.too_many_buckets',
        `This makes more than ${MAX_BUCKETS} buckets: choose a longer step or a shorter range.`,
      );
    }
    const bucket = `toStartOfInterval(event_time, toIntervalSecond(${parameters.add('UInt32', every)}), 'UTC')`;
    this.columns.push({ name: 'time', type: 'time' });
    this.select.push(`formatDateTime(${bucket}, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS \`time\``);
    this.groupBy.push('`time`');
    if (stage.by !== null) {
      const resolved = this.resolve(stage.by);
      if (resolved !== null) {
        // The busiest groups get a line each; the rest are one line called "other".
        const value = this.groupExpression(resolved);
        const busiest = `(SELECT ${value} AS g FROM ${source.from} WHERE ${source.where} GROUP BY g ORDER BY count() DESC, g LIMIT ${MAX_SERIES})`;
        this.columns.push({ ...columnOf(resolved), type: 'string' });
        this.select.push(
          `if(toString(${value}) IN (SELECT toString(g) FROM ${busiest}), toString(${value}), 'other') AS ${quoteName(resolved.label)}`,
        );
        this.groupBy.push(quoteName(resolved.label));
      }
    }
    stage.aggregates.forEach((aggregate) => this.aggregate(aggregate, every));
    return this.finish('series', rest, '`time` ASC', MAX_BUCKETS * (stage.by ? MAX_SERIES + 1 : 1), every);
  }

  private finish(
    kind: 'table' | 'series',
    rest: readonly Stage[],
    order: string | null,
    limit = MAX_GROUPS,
    everySeconds?: number,
  ) {
    let orderBy = order;
    let rows = limit;
    let columns = this.columns;
    for (const stage of rest) {
      if (stage.kind === 'limit') rows = Math.min(rows, stage.count);
      if (stage.kind === 'sort') {
        const name = this.columnNamed(sortText(stage.key), stage);
        if (name !== null) orderBy = `${quoteName(name)} ${stage.descending ? 'DESC' : 'ASC'}`;
      }
      if (stage.kind === 'fields') {
        const names = stage.fields.map((field) =>
          this.columnNamed(sortText({ kind: 'field', field }), field),
        );
        columns = names.flatMap((name) => this.columns.filter((column) => column.name === name));
      }
    }
    if (this.diagnostics.length > 0) return { compiled: null, diagnostics: this.diagnostics };
    const tie = this.groupBy.length > 0 ? `, ${this.groupBy.join(', ')}` : '';
    const inner = [
      `SELECT ${this.select.join(', ')}`,
      `FROM ${this.context.source.from} WHERE ${this.context.source.where}`,
      ...(this.groupBy.length > 0 ? [`GROUP BY ${this.groupBy.join(', ')}`] : []),
      ...(orderBy !== null ? [`ORDER BY ${orderBy}${tie}`] : []),
      `LIMIT ${rows}`,
    ].join(' ');
    const sql =
      columns === this.columns
        ? inner
        : `SELECT ${columns.map((column) => quoteName(column.name)).join(', ')} FROM (${inner})`;
    const compiled: Compiled = {
      sql,
      parameters: this.context.parameters.values,
      columns,
      kind,
      limit: rows,
      ...(everySeconds === undefined ? {} : { everySeconds }),
      sensitive: [...this.sensitive],
    };
    return { compiled, diagnostics: [] };
  }

  private group(field: FieldName): void {
    const resolved = this.resolve(field);
    if (resolved === null) return;
    const column = columnOf(resolved);
    if (this.columns.some((existing) => existing.name === column.name)) {
      this.error(field, 'lens.grouped_twice', `${column.name} is grouped by twice.`);
      return;
    }
    this.columns.push(
      column.type === 'json' || column.type === 'map' ? { ...column, type: 'string' } : column,
    );
    this.select.push(`${this.groupExpression(resolved)} AS ${quoteName(resolved.label)}`);
    this.groupBy.push(quoteName(resolved.label));
  }

  private aggregate(aggregate: Aggregate, bucketSeconds?: number): void {
    const name = aggregateText(aggregate);
    if (this.columns.some((column) => column.name === name)) {
      this.error(aggregate, 'lens.aggregated_twice', `${name} stands here twice.`);
      return;
    }
    const resolved = aggregate.field === null ? null : this.resolve(aggregate.field);
    if (aggregate.field !== null && resolved === null) return;
    const sql = this.aggregateSql(aggregate, resolved, bucketSeconds);
    if (sql === null) return;
    this.columns.push({
      name,
      type: 'number',
      ...(resolved?.field.unit && aggregate.name !== 'uniq' ? { unit: resolved.field.unit } : {}),
    });
    this.select.push(`${sql} AS ${quoteName(name)}`);
  }

  private aggregateSql(
    aggregate: Aggregate,
    resolved: ResolvedField | null,
    bucketSeconds: number | undefined,
  ): string | null {
    const { scope, parameters } = this.context;
    if (aggregate.name === 'count') return 'count()';
    if (aggregate.name === 'rate') {
      const seconds = bucketSeconds ?? Math.max(1, (scope.to - scope.from) / 1000);
      return `count() / ${parameters.add('Float64', seconds)}`;
    }
    if (resolved === null) return null;
    const expression = fieldExpression(resolved, parameters);
    if (aggregate.name === 'uniq') return `uniq(toString(${expression.text}))`;
    const numeric =
      resolved.field.type === 'number' ||
      ((resolved.field.type === 'map' || resolved.field.type === 'json') && resolved.path.length > 0);
    if (!numeric) {
      this.error(
        aggregate,
        'lens.not_a_number_field',
        `${resolved.label} is not a number.`,
        `uniq(${resolved.label})`,
      );
      return null;
    }
    const value = expression.number;
    const functions = {
      sum: `sum(${value})`,
      avg: `avg(${value})`,
      min: `min(${value})`,
      max: `max(${value})`,
      p50: `quantile(0.5)(${value})`,
      p95: `quantile(0.95)(${value})`,
      p99: `quantile(0.99)(${value})`,
    };
    const sql = functions[aggregate.name];
    // No rows give NaN or NULL; both are null in the answer.
    return `if(isFinite(assumeNotNull(ifNull(toFloat64(${sql}), nan))), toFloat64(${sql}), NULL)`;
  }

  private groupExpression(resolved: ResolvedField): string {
    const { field, path } = resolved;
    if (field.type === 'time')
      return "formatDateTime(toStartOfMinute(event_time), '%Y-%m-%dT%H:%i:%SZ', 'UTC')";
    if (field.type === 'number' && path.length === 0) return `\`${field.column}\``;
    return `toString(${fieldExpression(resolved, this.context.parameters).text})`;
  }

  private columnNamed(name: string, at: { from: number; to: number }): string | null {
    if (this.columns.some((column) => column.name === name)) return name;
    const names = this.columns.map((column) => column.name);
    this.error(
      at,
      'lens.no_such_column',
      `There is no column ${name}: there are ${names.join(', ')}.`,
      nearest(name, names),
    );
    return null;
  }

  private resolve(name: FieldName): ResolvedField | null {
    const resolved = resolveField(name);
    if (isDiagnostic(resolved)) {
      this.diagnostics.push(resolved);
      return null;
    }
    if (resolved.field.sensitive) this.sensitive.add(resolved.field.name);
    return resolved;
  }

  private error(at: { from: number; to: number }, code: string, message: string, suggestion?: string): void {
    this.diagnostics.push({
      severity: 'error',
      code,
      message,
      from: at.from,
      to: at.to,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}
