import type { Aggregate, FieldName, Filter, Query, SortKey, Stage, Test, Value } from './ast.js';

/** The canonical text of a query: `parse(serialize(query))` is the same query. */
export function serialize(query: Query): string {
  const filter = query.filter === null ? '' : filterText(query.filter, 'top');
  return [filter, ...query.stages.map(stageText)].join(' | ').trim();
}

/** The name of an aggregate's column: as it is written. */
export function aggregateText(aggregate: Aggregate): string {
  return `${aggregate.name}(${aggregate.field === null ? '' : fieldText(aggregate.field)})`;
}

export function fieldText(field: FieldName): string {
  return field.path
    .map((part, index) => (index === 0 || /^[A-Za-z0-9_-]+$/.test(part) ? part : quote(part)))
    .join('.');
}

function filterText(filter: Filter, place: 'top' | 'or' | 'and' | 'not'): string {
  switch (filter.kind) {
    case 'or': {
      const text = filter.items.map((item) => filterText(item, 'or')).join(' OR ');
      return place === 'top' ? text : `(${text})`;
    }
    case 'and': {
      const text = filter.items.map((item) => filterText(item, 'and')).join(' ');
      return place === 'top' || place === 'or' ? text : `(${text})`;
    }
    case 'not':
      return `-${filterText(filter.item, 'not')}`;
    case 'has':
      return `has:${fieldText(filter.field)}`;
    case 'term':
      return `${fieldText(filter.field)}:${testText(filter.test)}`;
    case 'text':
      return valueText(filter.value);
  }
}

function testText(test: Test): string {
  switch (test.kind) {
    case 'value':
      return valueText(test.value);
    case 'equals':
      return `=${plain(test.value)}`;
    case 'compare':
      return `${test.operator}${valueText(test.value)}`;
    case 'range':
      return `[${plain(test.low)} TO ${plain(test.high)}]`;
    case 'list':
      return `(${test.values.map(valueText).join(` ${test.join} `)})`;
  }
}

function valueText(value: Value): string {
  if (value.match === 'regex') return `re:${quote(value.text)}`;
  return value.quoted ? quote(value.text) : starred(value);
}

function starred(value: Value): string {
  switch (value.match) {
    case 'any':
      return '*';
    case 'prefix':
      return `${value.text}*`;
    case 'suffix':
      return `*${value.text}`;
    case 'substring':
      return `*${value.text}*`;
    default:
      return value.text;
  }
}

function plain(value: Value): string {
  return value.quoted ? quote(value.text) : value.text;
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

function stageText(stage: Stage): string {
  switch (stage.kind) {
    case 'stats':
      return `stats ${stage.aggregates.map(aggregateText).join(', ')}${stage.by.length > 0 ? ` by ${stage.by.map(fieldText).join(', ')}` : ''}`;
    case 'timeseries':
      return `timeseries ${stage.aggregates.map(aggregateText).join(', ')}${stage.by ? ` by ${fieldText(stage.by)}` : ''}${stage.everySeconds === null ? '' : ` every ${durationText(stage.everySeconds)}`}`;
    case 'top':
      return `top ${stage.count} ${fieldText(stage.field)}`;
    case 'sort':
      return `sort ${sortText(stage.key)}${stage.descending ? ' desc' : ''}`;
    case 'limit':
      return `limit ${stage.count}`;
    case 'fields':
      return `fields ${stage.fields.map(fieldText).join(', ')}`;
  }
}

export function sortText(key: SortKey): string {
  return key.kind === 'field' ? fieldText(key.field) : aggregateText(key.aggregate);
}

function durationText(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
