import {
  fieldByName,
  parse,
  parseField,
  serialize,
  type FieldName,
  type Query,
  type Stage,
} from '@portcullis/lens';
import type { AuditRow } from './row-summary.js';
import { textOf } from './row-summary.js';

/** A column of the page's own: what happened, whatever kind of row it is. */
export const WHAT = 'what';
const WHAT_FIELDS = ['type', 'tool', 'resource', 'prompt', 'method', 'attrs.title', 'attrs.severity'];
export const USUAL_COLUMNS: readonly string[] = [
  'time',
  'decision',
  WHAT,
  'connection',
  'agent',
  'user',
  'latency_ms',
];

/** Columns of an address: those that are fields, each once; the usual ones when none is left. */
export function chosenColumns(cols: string | undefined): readonly string[] {
  const names = (cols ?? '').split(',').map((name) => name.trim());
  const known = names.filter((name) => name === WHAT || isField(name));
  return known.length === 0 ? USUAL_COLUMNS : [...new Set(known)].slice(0, 24);
}

function isField(name: string): boolean {
  const field = parseField(name);
  return field !== null && fieldByName(field.path[0] ?? '') !== undefined;
}

/** Whether a query answers with events rather than with a table or a series. */
export function asksForRows(query: Query): boolean {
  return !query.stages.some(
    (stage) => stage.kind === 'stats' || stage.kind === 'timeseries' || stage.kind === 'top',
  );
}

export interface RowsQuery {
  /** The text that is run. */
  readonly text: string;
  /** Columns to show, in order: the query's own `fields`, else the chosen ones. */
  readonly columns: readonly string[];
}

/**
 * The text that fetches what the table shows and no more: lists do not need the payload of calls, and the drawer reads
 * its row whole. A query that groups, or cannot be read, is run as it is.
 */
export function rowsQuery(text: string, chosen: readonly string[]): RowsQuery {
  const { query, diagnostics } = parse(text);
  if (diagnostics.length > 0 || !asksForRows(query)) return { text, columns: [] };
  const own = query.stages.findLast(
    (stage): stage is Extract<Stage, { kind: 'fields' }> => stage.kind === 'fields',
  );
  const columns =
    own === undefined
      ? chosen
      : serialize({ filter: null, stages: [own] })
          .replace(/^\|? ?fields /, '')
          .split(', ');
  const stages = query.stages.filter((stage) => stage.kind !== 'fields');
  if (stages.length > 3) return { text, columns };
  const fetched = ['id', ...columns.flatMap((name) => (name === WHAT ? WHAT_FIELDS : [name]))];
  const fields = [...new Set(fetched)].map(parseField).filter((field): field is FieldName => field !== null);
  return {
    text: serialize({ ...query, stages: [...stages, { kind: 'fields', fields, from: 0, to: 0 }] }),
    columns,
  };
}

/** What happened, in a few words: the tool that was called, the title of a finding, the change that was made. */
export function whatOf(row: AuditRow): string {
  const { field, value } = whatValue(row);
  return field === 'type' ? value.replaceAll('_', ' ') : value;
}

/** The field that says what happened, and its value: what a filter of the column means. */
export function whatValue(row: AuditRow): { readonly field: string; readonly value: string } {
  const attrs = row['attrs'] as Readonly<Record<string, string>> | undefined;
  const title = textOf(row, 'attrs.title') || attrs?.['title'] || '';
  if (textOf(row, 'type') === 'anomaly' && title !== '') return { field: 'attrs.title', value: title };
  const field = ['tool', 'resource', 'prompt', 'method'].find((name) => textOf(row, name) !== '') ?? 'type';
  return { field, value: textOf(row, field) };
}
