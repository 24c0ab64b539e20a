import type { FieldName, Filter, Test, Value } from './ast.js';
import { LENS_LIMITS } from './limits.js';
import type { Scanner } from './scanner.js';

const FIELD = /[A-Za-z_][A-Za-z0-9_]*(?:\.(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"))*(?=:)/y;
const FIELD_ALONE = /[A-Za-z_][A-Za-z0-9_]*(?:\.(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"))*/y;
const PATH_PART = /[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"/g;
const LOWER_KEYWORDS = new Map([
  ['and', 'AND'],
  ['or', 'OR'],
  ['not', 'NOT'],
]);

/** filter, or, and, not, primary, term and text of the grammar. */
export class FilterParser {
  private terms = 0;

  constructor(private readonly scanner: Scanner) {}

  /** The filter up to a `|`, a `)` that belongs to the caller, or the end; null when there is none. */
  parse(depth = 0): Filter | null {
    return this.parseOr(depth);
  }

  private parseOr(depth: number): Filter | null {
    const start = this.start();
    const items: Filter[] = [];
    for (;;) {
      const item = this.parseAnd(depth);
      if (item !== null) items.push(item);
      this.scanner.skipSpace();
      const at = this.scanner.position;
      if (!this.scanner.takeKeyword('OR')) break;
      if (item === null)
        this.scanner.error('lens.missing_operand', 'OR needs a filter on its left.', at, at + 2);
      this.scanner.skipSpace();
      if (this.atEnd()) {
        this.scanner.error('lens.missing_operand', 'OR needs a filter on its right.', at, at + 2);
        break;
      }
    }
    return this.join('or', items, start);
  }

  private parseAnd(depth: number): Filter | null {
    const start = this.start();
    const items: Filter[] = [];
    for (;;) {
      this.scanner.skipSpace();
      if (this.atEnd() || this.scanner.peekKeyword('OR')) break;
      const at = this.scanner.position;
      if (this.scanner.takeKeyword('AND')) {
        if (items.length === 0)
          this.scanner.error('lens.missing_operand', 'AND needs a filter on its left.', at, at + 3);
        this.scanner.skipSpace();
        if (this.atEnd() || this.scanner.peekKeyword('OR'))
          this.scanner.error('lens.missing_operand', 'AND needs a filter on its right.', at, at + 3);
        continue;
      }
      const item = this.parseNot(depth);
      if (item !== null) items.push(item);
      if (this.scanner.position === at) break;
    }
    return this.join('and', items, start);
  }

  private parseNot(depth: number): Filter | null {
    const from = this.scanner.position;
    const dash = this.scanner.next === '-' && this.scanner.position + 1 < this.scanner.text.length;
    if (!(dash ? this.scanner.take('-', 'operator') : this.scanner.takeKeyword('NOT')))
      return this.parsePrimary(depth);
    if (!dash) this.scanner.skipSpace();
    if (depth >= LENS_LIMITS.depth) return this.tooDeep(from);
    const item = this.atEnd() ? null : this.parseNot(depth + 1);
    if (item === null) {
      this.scanner.error('lens.missing_operand', 'Nothing follows to negate.', from, this.scanner.position);
      return null;
    }
    return { kind: 'not', item, from, to: item.to };
  }

  private parsePrimary(depth: number): Filter | null {
    const { scanner } = this;
    const from = scanner.position;
    if (scanner.take('(', 'operator')) {
      if (depth >= LENS_LIMITS.depth) return this.tooDeep(from);
      const inner = this.parseOr(depth + 1);
      scanner.skipSpace();
      if (!scanner.take(')', 'operator'))
        scanner.error('lens.unclosed_parenthesis', 'This parenthesis is not closed.', from, from + 1, ')');
      if (inner === null)
        scanner.error(
          'lens.missing_operand',
          'There is nothing between the parentheses.',
          from,
          scanner.position,
        );
      return inner;
    }
    this.countTerm(from);
    if (scanner.next === '"') {
      const text = scanner.quoted();
      return {
        kind: 'text',
        value: { text, quoted: true, match: 'exact', from, to: scanner.position },
        from,
        to: scanner.position,
      };
    }
    const field = scanner.startsWith('re:') ? null : this.fieldBeforeColon();
    if (field !== null) return this.parseTerm(field, from);
    return this.parseText(from);
  }

  private parseTerm(field: FieldName, from: number): Filter | null {
    const { scanner } = this;
    scanner.take(':', 'operator');
    if (field.path.length === 1 && field.path[0] === 'has') {
      const named = parseFieldName(scanner);
      if (named === null) {
        scanner.error('lens.missing_value', 'Name the field that must be present.', from, scanner.position);
        return null;
      }
      return { kind: 'has', field: named, from, to: scanner.position };
    }
    const test = this.parseTest();
    if (test === null) {
      scanner.error(
        'lens.missing_value',
        `A value is missing after ${field.path.join('.')}:`,
        from,
        scanner.position,
      );
      return null;
    }
    return { kind: 'term', field, test, from, to: scanner.position };
  }

  private parseTest(): Test | null {
    const { scanner } = this;
    for (const operator of ['>=', '<=', '>', '<'] as const) {
      if (scanner.take(operator, 'operator')) {
        const value = this.parseValue('');
        return value === null ? null : { kind: 'compare', operator, value };
      }
    }
    if (scanner.take('=', 'operator')) {
      const value = this.parseValue('', true);
      return value === null ? null : { kind: 'equals', value };
    }
    if (scanner.next === '[') return this.parseRange();
    if (scanner.next === '(') return this.parseList();
    const value = this.parseValue('');
    return value === null ? null : { kind: 'value', value };
  }

  private parseRange(): Test | null {
    const { scanner } = this;
    const from = scanner.position;
    scanner.take('[', 'operator');
    scanner.skipSpace();
    const low = this.parseValue(']', true);
    scanner.skipSpace();
    const joined = scanner.takeKeyword('TO');
    scanner.skipSpace();
    const high = this.parseValue(']', true);
    scanner.skipSpace();
    const closed = scanner.take(']', 'operator');
    if (low !== null && joined && high !== null && closed) return { kind: 'range', low, high };
    scanner.error(
      'lens.bad_range',
      'A range is written [low TO high].',
      from,
      scanner.position,
      '[0 TO 100]',
    );
    return low === null ? null : { kind: 'range', low, high: high ?? low };
  }

  private parseList(): Test | null {
    const { scanner } = this;
    const from = scanner.position;
    scanner.take('(', 'operator');
    const values: Value[] = [];
    let join: 'OR' | 'AND' | null = null;
    for (;;) {
      scanner.skipSpace();
      if (scanner.done || scanner.next === ')' || scanner.next === '|') break;
      const at = scanner.position;
      const keyword = scanner.takeKeyword('OR') ? 'OR' : scanner.takeKeyword('AND') ? 'AND' : null;
      if (keyword !== null) {
        if (values.length === 0)
          scanner.error(
            'lens.missing_operand',
            `${keyword} needs a value on its left.`,
            at,
            scanner.position,
          );
        if (join !== null && join !== keyword)
          scanner.error(
            'lens.mixed_list',
            'A list joins its values with OR or with AND, not both.',
            at,
            scanner.position,
            join,
          );
        join ??= keyword;
        continue;
      }
      this.countTerm(at);
      const value = this.parseValue('');
      if (value === null) break;
      values.push(value);
      if (scanner.position === at) break;
    }
    if (!scanner.take(')', 'operator'))
      scanner.error('lens.unclosed_parenthesis', 'This parenthesis is not closed.', from, from + 1, ')');
    return values.length === 0 ? null : { kind: 'list', join: join ?? 'OR', values };
  }

  /** `literal` takes `*` and `re:` as they are. */
  private parseValue(also: string, literal = false): Value | null {
    const { scanner } = this;
    const from = scanner.position;
    if (!literal && scanner.take('re:', 'keyword')) {
      const text = scanner.next === '"' ? scanner.quoted() : scanner.word(also);
      if (text === '') return null;
      return { text, quoted: true, match: 'regex', from, to: scanner.position };
    }
    if (scanner.next === '"') {
      const text = scanner.quoted();
      return { text, quoted: true, match: 'exact', from, to: scanner.position };
    }
    const word = scanner.word(also);
    if (word === '') return null;
    scanner.highlight(from, scanner.position, /^-?\d+(\.\d+)?$/.test(word) ? 'number' : 'value');
    if (literal) return { text: word, quoted: false, match: 'exact', from, to: scanner.position };
    return wildcardValue(scanner, word, from);
  }

  private parseText(from: number): Filter | null {
    const { scanner } = this;
    if (scanner.startsWith('re:')) {
      const value = this.parseValue('');
      return value === null ? null : { kind: 'text', value, from, to: scanner.position };
    }
    const word = scanner.word();
    if (word === '') return null;
    const keyword = LOWER_KEYWORDS.get(word);
    if (keyword !== undefined) {
      scanner.error(
        'lens.lower_case_keyword',
        `Write ${keyword} in capitals, or "${word}" in quotes to search for the word.`,
        from,
        scanner.position,
        keyword,
      );
      return null;
    }
    if (word.startsWith('!')) {
      scanner.error('lens.reserved', 'Negate with NOT or a leading -.', from, from + 1, '-');
      return null;
    }
    scanner.highlight(from, scanner.position, 'text');
    const value = wildcardValue(scanner, word, from);
    return { kind: 'text', value, from, to: scanner.position };
  }

  private fieldBeforeColon(): FieldName | null {
    const from = this.scanner.position;
    const found = this.scanner.match(FIELD);
    if (found === null) return null;
    this.scanner.highlight(from, this.scanner.position, 'field');
    return { path: splitPath(found[0]), from, to: this.scanner.position };
  }

  private join(kind: 'and' | 'or', items: Filter[], from: number): Filter | null {
    if (items.length <= 1) return items[0] ?? null;
    return { kind, items, from, to: this.scanner.position };
  }

  private start(): number {
    this.scanner.skipSpace();
    return this.scanner.position;
  }

  private atEnd(): boolean {
    return this.scanner.done || this.scanner.next === '|' || this.scanner.next === ')';
  }

  private countTerm(at: number): void {
    this.terms += 1;
    if (this.terms === LENS_LIMITS.terms + 1) {
      this.scanner.error('lens.too_many_terms', `A query may have ${LENS_LIMITS.terms} terms.`, at, at + 1);
    }
  }

  /** Gives up on the rest: what is nested deeper is not worth reading. */
  private tooDeep(from: number): null {
    this.scanner.error('lens.too_deep', `A query may be nested ${LENS_LIMITS.depth} deep.`, from, from + 1);
    this.scanner.position = this.scanner.text.length;
    return null;
  }
}

export function parseFieldName(scanner: Scanner): FieldName | null {
  const from = scanner.position;
  const found = scanner.match(FIELD_ALONE);
  if (found === null) return null;
  scanner.highlight(from, scanner.position, 'field');
  return { path: splitPath(found[0]), from, to: scanner.position };
}

function splitPath(text: string): string[] {
  return (text.match(PATH_PART) ?? []).map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replace(/\\(.)/g, '$1') : part,
  );
}

function wildcardValue(scanner: Scanner, word: string, from: number): Value {
  const to = scanner.position;
  if (/^\*+$/.test(word)) return { text: '', quoted: false, match: 'any', from, to };
  const leading = word.startsWith('*');
  const trailing = word.endsWith('*');
  const text = word.slice(leading ? 1 : 0, trailing ? -1 : undefined);
  if (text.includes('*')) {
    scanner.error(
      'lens.inner_wildcard',
      'A * stands at the beginning or the end; quote the value to mean the character, or use re: for a pattern.',
      from,
      to,
      `"${word}"`,
    );
  }
  const match = leading && trailing ? 'substring' : leading ? 'suffix' : trailing ? 'prefix' : 'exact';
  return { text, quoted: false, match, from, to };
}
