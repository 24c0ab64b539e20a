import { FilterCompiler, INDEXED_TEXT, SHORT_TEXT, tokensOf } from '../compile/filter.js';
import { Parameters } from '../compile/parameters.js';
import { isDiagnostic, resolveField, type ResolvedField } from '../registry/resolve.js';
import type { Diagnostic, FieldName, Filter, Query, Span, Test, Value } from '../syntax/ast.js';
import { addressRange } from './address-range.js';
import { fieldReader } from './field-reader.js';
import { RowUnderTest, type LensRow } from './lens-row.js';

/**
 * What one row may cost: terms that look into arguments and results (as large as a call may be), and the length of what
 * they look for there.
 */
export const MATCH_LIMITS = { payloadTerms: 16, payloadCharacters: 128 } as const;

export interface Matcher {
  /** Whether a query with this filter would find the row. */
  matches(row: LensRow | RowUnderTest): boolean;
  /** Payload fields the filter names; words without a field look into them too, and are not listed. */
  readonly sensitive: readonly string[];
}

export type MatcherResult =
  | { readonly ok: true; readonly matcher: Matcher }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

type Predicate = (row: RowUnderTest) => boolean;

/**
 * A filter as a predicate over rows in memory: the same rows as the SQL of the same filter finds. Stages and patterns
 * (`re:`) are refused; all else that is wrong is what it is for a query. The cost of a row is bounded by the filter's
 * length and the row's.
 */
export function compileMatcher(query: Query): MatcherResult {
  const checking = new FilterCompiler(new Parameters());
  if (query.filter !== null) checking.compile(query.filter);
  const compiler = new MatcherCompiler();
  const predicate = query.filter === null ? () => true : compiler.compile(query.filter);
  const [stage] = query.stages;
  const diagnostics = [
    ...checking.diagnostics,
    ...(checking.diagnostics.length > 0 ? [] : compiler.diagnostics),
    ...(stage === undefined
      ? []
      : [
          problem(
            'lens.no_stage_here',
            'Only a filter can be used here: leave out what follows the |.',
            stage,
          ),
        ]),
  ];
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  const matches = (row: LensRow | RowUnderTest) =>
    predicate(row instanceof RowUnderTest ? row : new RowUnderTest(row));
  return { ok: true, matcher: { matches, sensitive: [...compiler.sensitive] } };
}

const NEVER: Predicate = () => false;
const CIDR = /^[0-9A-Fa-f:.]+\/\d{1,3}$/;

class MatcherCompiler {
  readonly diagnostics: Diagnostic[] = [];
  readonly sensitive = new Set<string>();
  private payloadTerms = 0;

  compile(filter: Filter): Predicate {
    switch (filter.kind) {
      case 'and': {
        const items = filter.items.map((item) => this.compile(item));
        return (row) => items.every((item) => item(row));
      }
      case 'or': {
        const items = filter.items.map((item) => this.compile(item));
        return (row) => items.some((item) => item(row));
      }
      case 'not': {
        const item = this.compile(filter.item);
        return (row) => !item(row);
      }
      case 'text':
        this.countPayload(filter.value);
        return this.text(filter.value);
      case 'has': {
        const field = this.field(filter.field);
        return field === null ? NEVER : fieldReader(field).present;
      }
      case 'term': {
        const field = this.field(filter.field);
        return field === null ? NEVER : this.test(field, filter.test);
      }
    }
  }

  private field(name: FieldName): ResolvedField | null {
    const resolved = resolveField(name);
    // What is wrong with it the check of the filter has said.
    if (isDiagnostic(resolved)) return null;
    if (resolved.field.sensitive) {
      this.sensitive.add(resolved.field.name);
      this.countPayload(name);
    }
    return resolved;
  }

  private test(field: ResolvedField, test: Test): Predicate {
    const reader = fieldReader(field);
    switch (test.kind) {
      case 'value':
        return this.value(field, test.value);
      case 'equals':
        return this.equals(field, test.value);
      case 'compare': {
        const limit = Number(test.value.text);
        const compare = COMPARE[test.operator];
        return (row) => {
          const number = reader.number(row);
          return number !== null && compare(number, limit);
        };
      }
      case 'range': {
        const [low, high] = [Number(test.low.text), Number(test.high.text)];
        return (row) => {
          const number = reader.number(row);
          return number !== null && number >= low && number <= high;
        };
      }
      case 'list': {
        const values = test.values.map((value) => this.value(field, value));
        return test.join === 'AND'
          ? (row) => values.every((value) => value(row))
          : (row) => values.some((value) => value(row));
      }
    }
  }

  private value(field: ResolvedField, value: Value): Predicate {
    const { text, present } = fieldReader(field);
    switch (value.match) {
      case 'exact':
        return this.equals(field, value);
      case 'any':
        return present;
      case 'prefix':
        return (row) => text(row).startsWith(value.text);
      case 'suffix':
        return (row) => text(row).endsWith(value.text);
      case 'substring':
        return (row) => text(row).includes(value.text);
      case 'regex':
        return this.regex(value);
    }
  }

  private equals({ field, path, label }: ResolvedField, value: Value): Predicate {
    const { name, type } = field;
    const { text, number } = fieldReader({ field, path, label });
    if (type === 'number') return (row) => number(row) === Number(value.text);
    if (type === 'uuid') return (row) => text(row).toLowerCase() === value.text.toLowerCase();
    if (type === 'ip' && CIDR.test(value.text)) return this.range(value, text);
    if (type === 'json' && path.length === 0) return words([name], value.text);
    if (type === 'map' && path.length === 0)
      return (row) => Object.values(row.map(name)).includes(value.text);
    const sought = type === 'json' ? tokensOf(value.text) : [];
    if (sought.length === 0 || sought.length > 16) return (row) => text(row) === value.text;
    return (row) => text(row) === value.text && hasAll(row, name, sought);
  }

  private range(value: Value, text: (row: RowUnderTest) => string): Predicate {
    const within = addressRange(value.text);
    if (within !== undefined) return (row) => within(text(row));
    this.diagnostics.push(problem('lens.bad_cidr', 'This is not an address range.', value, '10.0.0.0/8'));
    return NEVER;
  }

  private text(value: Value): Predicate {
    const sought = value.text.toLowerCase();
    const columns: readonly string[] = [...INDEXED_TEXT, ...SHORT_TEXT];
    switch (value.match) {
      case 'any':
        return () => true;
      case 'exact':
        if (!value.quoted) return words(columns, value.text);
        return (row) => columns.some((column) => row.lowerText(column).includes(sought));
      case 'substring':
        return (row) => columns.some((column) => row.lowerText(column).includes(sought));
      case 'prefix':
        return (row) =>
          columns.some((column) => some(row.wordsOf(column), (word) => word.startsWith(sought)));
      case 'suffix':
        return (row) => columns.some((column) => some(row.wordsOf(column), (word) => word.endsWith(sought)));
      case 'regex':
        return this.regex(value);
    }
  }

  private regex(value: Value): Predicate {
    this.diagnostics.push(
      problem(
        'lens.no_pattern_here',
        'Patterns cannot be used here: use a * at the beginning or the end.',
        value,
      ),
    );
    return NEVER;
  }

  private countPayload(at: Span): void {
    this.payloadTerms += 1;
    if (this.payloadTerms === MATCH_LIMITS.payloadTerms + 1) {
      this.diagnostics.push(
        problem(
          'lens.too_costly_here',
          `At most ${MATCH_LIMITS.payloadTerms} words, args and result terms can be used here.`,
          at,
        ),
      );
    }
    if (at.to - at.from > MATCH_LIMITS.payloadCharacters) {
      this.diagnostics.push(
        problem(
          'lens.too_costly_here',
          `At most ${MATCH_LIMITS.payloadCharacters} characters can be searched for here.`,
          at,
        ),
      );
    }
  }
}

const COMPARE = {
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
} as const;

/** Every word of the text, all in one of the columns; where the text has no words, the text itself. */
function words(columns: readonly string[], text: string): Predicate {
  const sought = tokensOf(text).slice(0, 32);
  if (sought.length > 0) return (row) => columns.some((column) => hasAll(row, column, sought));
  const lowered = text.toLowerCase();
  return (row) => columns.some((column) => row.lowerText(column).includes(lowered));
}

function hasAll(row: RowUnderTest, column: string, sought: readonly string[]): boolean {
  const found = row.wordsOf(column);
  return sought.every((word) => found.has(word));
}

function some(values: Iterable<string>, test: (value: string) => boolean): boolean {
  for (const value of values) if (test(value)) return true;
  return false;
}

function problem(code: string, message: string, { from, to }: Span, suggestion?: string): Diagnostic {
  return { severity: 'error', code, message, from, to, ...(suggestion === undefined ? {} : { suggestion }) };
}
