import { resolveField, isDiagnostic } from '../registry/resolve.js';
import type { FieldName, Filter } from '../syntax/ast.js';
import { parse, parseField } from '../syntax/parse.js';

/**
 * A term that matches exactly this value of the field: `tool:delete_row`, `user:"a b"`. A value that is not there is
 * `-has:user`. Reading the text back gives the same value, whatever it holds.
 */
export function termText(field: string, value: string): string {
  if (value === '') return `-has:${field}`;
  const bare = `${field}:${value}`;
  return readsAs(bare, value) ? bare : `${field}:${quoted(value)}`;
}

/** Rows that the term leaves out. */
export function excludedText(field: string, value: string): string {
  const text = termText(field, value);
  return text.startsWith('-') ? text.slice(1) : `-${text}`;
}

export function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/** The name of one part of a field, as a query writes it: `args."a b"`. */
export function partText(field: string, path: readonly string[]): string {
  return [field, ...path.map((part) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : quoted(part)))].join('.');
}

/** A filter of one exact value, and the value; null for any other filter. */
export function exactValue(filter: Filter): { field: string; value: string } | null {
  if (filter.kind === 'not' && filter.item.kind === 'has')
    return { field: labelOf(filter.item.field), value: '' };
  if (filter.kind !== 'term') return null;
  const { test } = filter;
  if (test.kind === 'equals' || (test.kind === 'value' && test.value.match === 'exact'))
    return { field: labelOf(filter.field), value: test.value.text };
  return null;
}

/** The name a field has whichever of its aliases was written. */
export function labelOf(field: FieldName): string {
  const resolved = resolveField(field);
  return isDiagnostic(resolved) ? field.path.join('.') : resolved.label;
}

/** Whether the field can be filtered by a value of its own: time cannot, and whole JSON or maps are searched, not compared. */
export function isFilterable(field: string): boolean {
  const name = parseField(field);
  const resolved = name === null ? null : resolveField(name);
  if (resolved === null || isDiagnostic(resolved)) return false;
  const { type } = resolved.field;
  return type !== 'time' && (resolved.path.length > 0 || (type !== 'json' && type !== 'map'));
}

function readsAs(text: string, value: string): boolean {
  const { query, diagnostics } = parse(text);
  return (
    diagnostics.length === 0 &&
    query.stages.length === 0 &&
    query.filter !== null &&
    exactValue(query.filter)?.value === value &&
    query.filter.kind === 'term' &&
    query.filter.test.kind === 'value' &&
    !query.filter.test.value.quoted &&
    query.filter.to === text.length
  );
}
