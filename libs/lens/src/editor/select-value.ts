import type { Filter, Query, Value } from '../syntax/ast.js';
import { parse } from '../syntax/parse.js';
import { serialize } from '../syntax/serialize.js';
import { exactValue, excludedText, labelOf, termText } from './term-text.js';

export type Selection = 'include' | 'exclude';

/** What the top level of a filter says of a field's values: those it asks for, and those it leaves out. */
export function selectionsOf(query: Query, field: string): ReadonlyMap<string, Selection> {
  const found = new Map<string, Selection>();
  for (const item of conjuncts(query.filter)) {
    for (const value of includedBy(item, field) ?? []) found.set(value, 'include');
    for (const value of excludedBy(item, field) ?? []) found.set(value, 'exclude');
  }
  return found;
}

/**
 * The text with a value of a field asked for or left out; a second time takes it back. Several values asked for of one
 * field are alternatives (`tool:(a OR b)`). A text that cannot be read is not rewritten: the term goes in front of it.
 */
export function selectValue(text: string, field: string, value: string, selection: Selection): string {
  const { query, diagnostics } = parse(text);
  const term = selection === 'include' ? termText(field, value) : excludedText(field, value);
  if (diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return `${term} ${text}`.trim();
  const before = selectionsOf(query, field).get(value);
  const items = conjuncts(query.filter).flatMap((item) => without(item, field, value));
  if (before !== selection) place(items, field, value, selection, term);
  return serialize({ ...query, filter: conjunction(items) });
}

/** The text with one more condition, whatever it is. */
export function addCondition(text: string, condition: string): string {
  const { query, diagnostics } = parse(text);
  const added = parse(condition).query.filter;
  if (added === null || diagnostics.some((diagnostic) => diagnostic.severity === 'error'))
    return `${condition} ${text}`.trim();
  return serialize({ ...query, filter: conjunction([...conjuncts(query.filter), added]) });
}

function place(items: Filter[], field: string, value: string, selection: Selection, term: string): void {
  const added = parse(term).query.filter;
  if (added === null) return;
  const index =
    selection === 'include'
      ? items.findIndex((item) => (includedBy(item, field) ?? ['']).every((other) => other !== ''))
      : -1;
  const existing = items[index];
  if (existing === undefined || value === '') items.push(added);
  else items[index] = anyOf(existing, [...valuesOf(existing), ...valuesOf(added)]);
}

function conjuncts(filter: Filter | null): Filter[] {
  if (filter === null) return [];
  return filter.kind === 'and' ? [...filter.items] : [filter];
}

function conjunction(items: readonly Filter[]): Filter | null {
  if (items.length <= 1) return items[0] ?? null;
  return { kind: 'and', items, from: 0, to: 0 };
}

/** The item without the value, or nothing of it. */
function without(item: Filter, field: string, value: string): Filter[] {
  const included = includedBy(item, field);
  const excluded = excludedBy(item, field);
  if (!(included ?? excluded)?.includes(value)) return [item];
  const inner = excluded !== null && item.kind === 'not' ? item.item : item;
  const rest = valuesOf(inner).filter((other) => other.text !== value);
  if (rest.length === 0) return [];
  const kept = anyOf(inner, rest);
  return [included === null ? { kind: 'not', item: kept, from: 0, to: 0 } : kept];
}

function anyOf(term: Filter, values: readonly Value[]): Filter {
  if (term.kind !== 'term') return term;
  const [only] = values;
  return {
    ...term,
    test:
      values.length === 1 && only !== undefined
        ? { kind: 'value', value: only }
        : { kind: 'list', join: 'OR', values },
  };
}

function includedBy(item: Filter, field: string): string[] | null {
  const exact = exactValue(item);
  if (exact !== null) return exact.field === field ? [exact.value] : null;
  if (
    item.kind !== 'term' ||
    labelOf(item.field) !== field ||
    item.test.kind !== 'list' ||
    item.test.join !== 'OR'
  )
    return null;
  return item.test.values.every((value) => value.match === 'exact')
    ? item.test.values.map((value) => value.text)
    : null;
}

function excludedBy(item: Filter, field: string): string[] | null {
  if (item.kind === 'has') return labelOf(item.field) === field ? [''] : null;
  if (item.kind !== 'not' || item.item.kind === 'has') return null;
  return includedBy(item.item, field);
}

function valuesOf(item: Filter): readonly Value[] {
  if (item.kind !== 'term') return [];
  switch (item.test.kind) {
    case 'value':
      return [item.test.value];
    case 'equals':
      // Written with `=`, a `*` at an end is itself; quoted it stays so.
      return [{ ...item.test.value, quoted: true }];
    case 'list':
      return item.test.values;
    default:
      return [];
  }
}
