import {
  AGGREGATES,
  type Aggregate,
  type AggregateName,
  type FieldName,
  type SortKey,
  type Stage,
} from './ast.js';
import { nearest } from './nearest.js';
import { parseFieldName } from './filter-parser.js';
import { LENS_LIMITS } from './limits.js';
import type { Scanner } from './scanner.js';

const STAGES = ['stats', 'timeseries', 'top', 'sort', 'limit', 'fields'] as const;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const INTEGER = /[0-9]{1,9}(?![0-9A-Za-z])/y;
const DURATION = /([1-9][0-9]{0,5})(s|m|h|d)(?![0-9A-Za-z])/y;
const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** One `| stage`; null when it cannot be read, with the reason in the scanner. */
export function parseStage(scanner: Scanner): Stage | null {
  scanner.skipSpace();
  const from = scanner.position;
  const name = scanner.match(NAME)?.[0] ?? '';
  scanner.highlight(from, scanner.position, 'keyword');
  const span = () => ({ from, to: scanner.position });
  switch (name) {
    case 'stats': {
      const aggregates = parseAggregates(scanner);
      const by = takeWord(scanner, 'by') ? parseFields(scanner, LENS_LIMITS.groups) : [];
      return aggregates === null || by === null ? null : { kind: 'stats', aggregates, by, ...span() };
    }
    case 'timeseries': {
      const aggregates = parseAggregates(scanner);
      let by: FieldName | null = null;
      if (takeWord(scanner, 'by')) {
        by = requireField(scanner);
        if (by === null) return null;
      }
      let everySeconds: number | null = null;
      if (takeWord(scanner, 'every')) {
        everySeconds = parseDuration(scanner);
        if (everySeconds === null) return null;
      }
      return aggregates === null ? null : { kind: 'timeseries', aggregates, by, everySeconds, ...span() };
    }
    case 'top': {
      const count = parseCount(scanner, 1000);
      const field = count === null ? null : requireField(scanner);
      return count === null || field === null ? null : { kind: 'top', count, field, ...span() };
    }
    case 'sort': {
      const key = parseSortKey(scanner);
      if (key === null) return null;
      const descending = takeWord(scanner, 'desc');
      if (!descending) takeWord(scanner, 'asc');
      return { kind: 'sort', key, descending, ...span() };
    }
    case 'limit': {
      const count = parseCount(scanner, LENS_LIMITS.rows);
      return count === null ? null : { kind: 'limit', count, ...span() };
    }
    case 'fields': {
      const fields = parseFields(scanner, LENS_LIMITS.fields);
      return fields === null ? null : { kind: 'fields', fields, ...span() };
    }
    case 'compare':
      scanner.error('lens.not_supported', 'compare is not available yet.', from, scanner.position);
      return null;
    default: {
      const suggestion = nearest(name, STAGES);
      scanner.error(
        'lens.unknown_stage',
        name === '' ? 'A stage is missing after |.' : `There is no stage ${name}.`,
        from,
        Math.max(from + 1, scanner.position),
        suggestion,
      );
      return null;
    }
  }
}

function parseAggregates(scanner: Scanner): Aggregate[] | null {
  const aggregates: Aggregate[] = [];
  do {
    const aggregate = parseAggregate(scanner);
    if (aggregate === null) return null;
    aggregates.push(aggregate);
    if (aggregates.length > LENS_LIMITS.aggregates) {
      scanner.error(
        'lens.too_many_aggregates',
        `A stage may have ${LENS_LIMITS.aggregates} aggregates.`,
        aggregate.from,
        aggregate.to,
      );
      return null;
    }
  } while (takeComma(scanner));
  return aggregates;
}

function parseAggregate(scanner: Scanner): Aggregate | null {
  scanner.skipSpace();
  const from = scanner.position;
  const name = scanner.match(NAME)?.[0] ?? '';
  if (!isAggregate(name)) {
    scanner.error(
      'lens.unknown_aggregate',
      name === '' ? 'An aggregate such as count() is missing.' : `There is no aggregate ${name}.`,
      from,
      Math.max(from + 1, scanner.position),
      `${nearest(name, AGGREGATES) ?? 'count'}()`,
    );
    return null;
  }
  scanner.highlight(from, scanner.position, 'function');
  if (!scanner.take('(', 'operator')) {
    scanner.error('lens.missing_parenthesis', `Write ${name}().`, from, scanner.position, `${name}()`);
    return null;
  }
  scanner.skipSpace();
  const field = parseFieldName(scanner);
  scanner.skipSpace();
  if (!scanner.take(')', 'operator')) {
    scanner.error(
      'lens.unclosed_parenthesis',
      'This parenthesis is not closed.',
      from,
      scanner.position,
      ')',
    );
    return null;
  }
  const takesField = name !== 'count' && name !== 'rate';
  if (takesField !== (field !== null)) {
    scanner.error(
      'lens.aggregate_argument',
      takesField ? `${name} needs a field.` : `${name}() takes no field.`,
      from,
      scanner.position,
      takesField ? `${name}(latency_ms)` : `${name}()`,
    );
    return null;
  }
  return { name, field, from, to: scanner.position };
}

function parseSortKey(scanner: Scanner): SortKey | null {
  scanner.skipSpace();
  const name = /[A-Za-z_][A-Za-z0-9_]*(?=\()/y;
  name.lastIndex = scanner.position;
  if (name.test(scanner.text)) {
    const aggregate = parseAggregate(scanner);
    return aggregate === null ? null : { kind: 'aggregate', aggregate };
  }
  const field = requireField(scanner);
  return field === null ? null : { kind: 'field', field };
}

function parseFields(scanner: Scanner, limit: number): FieldName[] | null {
  const fields: FieldName[] = [];
  do {
    const field = requireField(scanner);
    if (field === null) return null;
    fields.push(field);
    if (fields.length > limit) {
      scanner.error('lens.too_many_fields', `At most ${limit} fields.`, field.from, field.to);
      return null;
    }
  } while (takeComma(scanner));
  return fields;
}

function requireField(scanner: Scanner): FieldName | null {
  scanner.skipSpace();
  const field = parseFieldName(scanner);
  if (field === null)
    scanner.error(
      'lens.missing_field',
      'The name of a field is missing.',
      scanner.position,
      scanner.position + 1,
    );
  return field;
}

function parseCount(scanner: Scanner, limit: number): number | null {
  scanner.skipSpace();
  const from = scanner.position;
  const text = scanner.match(INTEGER)?.[0];
  const count = Number(text ?? 0);
  if (text === undefined || count < 1 || count > limit) {
    scanner.error(
      'lens.bad_count',
      `A whole number from 1 to ${limit} is missing.`,
      from,
      Math.max(from + 1, scanner.position),
      '10',
    );
    return null;
  }
  scanner.highlight(from, scanner.position, 'number');
  return count;
}

function parseDuration(scanner: Scanner): number | null {
  scanner.skipSpace();
  const from = scanner.position;
  const found = scanner.match(DURATION);
  if (found === null) {
    scanner.error('lens.bad_duration', 'A duration such as 5m or 1h is missing.', from, from + 1, '5m');
    return null;
  }
  scanner.highlight(from, scanner.position, 'number');
  return Number(found[1]) * SECONDS[found[2] as keyof typeof SECONDS];
}

function takeWord(scanner: Scanner, word: string): boolean {
  scanner.skipSpace();
  return scanner.takeKeyword(word);
}

function takeComma(scanner: Scanner): boolean {
  scanner.skipSpace();
  return scanner.take(',', 'operator');
}

function isAggregate(name: string): name is AggregateName {
  return (AGGREGATES as readonly string[]).includes(name);
}
