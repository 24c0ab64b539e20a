import type { Diagnostic } from '../syntax/ast.js';
import { FIELDS } from '../registry/fields.js';
import { isDiagnostic, resolveField, type ResolvedField } from '../registry/resolve.js';
import type { Column, CompileContext, Compiled } from './compile.js';
import { fieldExpression } from './expression.js';

/** Hidden columns of a row answer: what the next page's cursor is made of. */
export const CURSOR_COLUMNS = { sort: '_sort', time: '_time', id: '_id' } as const;

/** Columns of a row unless `| fields` chooses: everything a person reads; `conditions` comes as JSON text. */
const DEFAULT_FIELDS: readonly ResolvedField[] = FIELDS.map((field) => ({
  field,
  path: [],
  label: field.name,
}));

/**
 * Events, newest first unless sorted, one page by keyset. The inner query finds the page with narrow columns and filters;
 * the outer one fetches the payload of those rows alone.
 */
export function compileRows(context: CompileContext): {
  compiled: Compiled | null;
  diagnostics: Diagnostic[];
} {
  const { query, parameters, source, options } = context;
  const diagnostics: Diagnostic[] = [];
  let fields = DEFAULT_FIELDS;
  let sort: { resolved: ResolvedField; descending: boolean } | null = null;
  let limit = options.limit;

  for (const stage of query.stages) {
    if (stage.kind === 'limit') limit = Math.min(limit, stage.count);
    if (stage.kind === 'fields') {
      const resolved = stage.fields.map(resolveField);
      diagnostics.push(...resolved.filter(isDiagnostic));
      fields = resolved.filter((field): field is ResolvedField => !isDiagnostic(field));
    }
    if (stage.kind === 'sort') {
      if (stage.key.kind === 'aggregate') {
        diagnostics.push({
          severity: 'error',
          code: 'lens.no_such_column',
          message: 'There is no aggregate to sort by: add a stats stage before.',
          from: stage.from,
          to: stage.to,
        });
        continue;
      }
      const resolved = resolveField(stage.key.field);
      if (isDiagnostic(resolved)) diagnostics.push(resolved);
      else sort = { resolved, descending: stage.descending };
    }
  }
  if (diagnostics.length > 0) return { compiled: null, diagnostics };

  const descending = sort?.descending ?? true;
  const direction = descending ? 'DESC' : 'ASC';
  const sortSql =
    sort === null || sort.resolved.field.type === 'time' ? null : sortExpression(sort.resolved, context);
  const key = [...(sortSql ? [sortSql] : []), 'event_time', 'event_id'];
  const conditions = [source.where];
  if (options.cursor) {
    const { cursor } = options;
    const values = [
      ...(sortSql
        ? [parameters.add(typeof cursor.sort === 'number' ? 'Float64' : 'String', cursor.sort)]
        : []),
      `fromUnixTimestamp64Milli(${parameters.add('Int64', cursor.time)}, 'UTC')`,
      parameters.add('UUID', cursor.id),
    ];
    conditions.push(`(${key.join(', ')}) ${descending ? '<' : '>'} (${values.join(', ')})`);
  }
  const order = key.map((part) => `${part} ${direction}`).join(', ');
  const columns: Column[] = fields.map(columnOf);
  const selected = [
    ...fields.map((field) => `${selectExpression(field, context)} AS ${quoteName(field.label)}`),
    `${sortSql ?? "''"} AS ${CURSOR_COLUMNS.sort}`,
    `toUnixTimestamp64Milli(event_time) AS ${CURSOR_COLUMNS.time}`,
    `toString(event_id) AS ${CURSOR_COLUMNS.id}`,
  ];
  const page = `SELECT event_time, event_id FROM ${source.from} WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${limit + 1}`;
  const outer = [source.where, `(event_time, event_id) IN (${page})`];
  return {
    diagnostics,
    compiled: {
      sql: `SELECT ${selected.join(', ')} FROM ${source.from} WHERE ${outer.join(' AND ')} ORDER BY ${order} LIMIT ${limit + 1}`,
      parameters: parameters.values,
      columns,
      kind: 'rows',
      limit,
      ...(sort ? { sort: { label: sort.resolved.label, descending } } : {}),
      sensitive: [
        ...new Set(fields.filter((field) => field.field.sensitive).map((field) => field.field.name)),
      ],
    },
  };
}

export function columnOf({ field, path, label }: ResolvedField): Column {
  const whole = path.length === 0;
  const type =
    whole && field.type === 'number'
      ? 'number'
      : whole && field.type === 'time'
        ? 'time'
        : whole && field.type === 'json'
          ? 'json'
          : whole && field.type === 'map'
            ? 'map'
            : 'string';
  return { name: label, type, ...(field.unit && whole ? { unit: field.unit } : {}) };
}

/** A label in backticks; what could end the name early is escaped (labels may hold quoted path parts). */
export function quoteName(label: string): string {
  return `\`${label.replace(/[\\`]/g, '\\$&')}\``;
}

function selectExpression(field: ResolvedField, context: CompileContext): string {
  if (field.field.type === 'time')
    return "concat(substring(formatDateTime(event_time, '%Y-%m-%dT%H:%i:%S.%f', 'UTC'), 1, 23), 'Z')";
  if (field.field.type === 'number' && field.path.length === 0) return `\`${field.field.column}\``;
  if (field.field.type === 'map' && field.path.length === 0) return `\`${field.field.column}\``;
  if (field.field.type === 'uuid') return `toString(\`${field.field.column}\`)`;
  return fieldExpression(field, context.parameters).text;
}

function sortExpression(field: ResolvedField, context: CompileContext): string {
  const expression = fieldExpression(field, context.parameters);
  return field.field.type === 'number' ? `toFloat64(${expression.number})` : `toString(${expression.text})`;
}
