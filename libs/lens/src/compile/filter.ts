import type { Diagnostic, Filter, Test, Value } from '../syntax/ast.js';
import { nearest } from '../syntax/nearest.js';
import { isDiagnostic, resolveField, type ResolvedField } from '../registry/resolve.js';
import { fieldExpression } from './expression.js';
import type { Parameters } from './parameters.js';

/**
 * Where free words are looked for. `args` and `result` have a text index on their lower-cased tokens; the rest are short.
 * A word matches whole tokens (letters and digits), case-insensitively; `*part*` is a substring search and reads every row.
 */
export const INDEXED_TEXT = ['args', 'result'] as const;
export const SHORT_TEXT = [
  'tool',
  'resource',
  'prompt',
  'user',
  'agent',
  'connection',
  'rule',
  'policy',
  'reason',
  'error',
  'actor',
] as const;

const CIDR = /^[0-9A-Fa-f:.]+\/\d{1,3}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NUMBER = /^-?\d{1,15}(\.\d{1,9})?$/;

/** Turns a filter into a boolean SQL expression. Problems are collected, not thrown. */
export class FilterCompiler {
  readonly diagnostics: Diagnostic[] = [];

  constructor(private readonly parameters: Parameters) {}

  compile(filter: Filter): string {
    switch (filter.kind) {
      case 'and':
      case 'or':
        return `(${filter.items.map((item) => this.compile(item)).join(filter.kind === 'and' ? ' AND ' : ' OR ')})`;
      case 'not':
        return `NOT ${this.compile(filter.item)}`;
      case 'text':
        return this.text(filter.value);
      case 'has': {
        const resolved = resolveField(filter.field);
        if (isDiagnostic(resolved)) return this.fail(resolved);
        return `(${fieldExpression(resolved, this.parameters).present})`;
      }
      case 'term': {
        const resolved = resolveField(filter.field);
        if (isDiagnostic(resolved)) return this.fail(resolved);
        if (resolved.field.type === 'time') {
          return this.fail({
            severity: 'error',
            code: 'lens.time_is_beside',
            message: 'Time is chosen beside the query, not in it.',
            from: filter.from,
            to: filter.to,
          });
        }
        return this.test(resolved, filter.test);
      }
    }
  }

  private test(field: ResolvedField, test: Test): string {
    switch (test.kind) {
      case 'value':
        return this.value(field, test.value);
      case 'equals':
        return this.equals(field, test.value);
      case 'compare': {
        const number = this.number(field, test.value);
        return number === null
          ? '0'
          : this.defined(`${fieldExpression(field, this.parameters).number} ${test.operator} ${number}`);
      }
      case 'range': {
        const low = this.number(field, test.low);
        const high = this.number(field, test.high);
        if (low === null || high === null) return '0';
        return this.defined(`${fieldExpression(field, this.parameters).number} BETWEEN ${low} AND ${high}`);
      }
      case 'list':
        return `(${test.values.map((value) => this.value(field, value)).join(` ${test.join} `)})`;
    }
  }

  private value(field: ResolvedField, value: Value): string {
    const expression = () => fieldExpression(field, this.parameters);
    const bind = (text: string) => this.parameters.add('String', text);
    switch (value.match) {
      case 'exact':
        return this.equals(field, value);
      case 'any':
        return `(${expression().present})`;
      case 'prefix':
        return `startsWith(toString(${expression().text}), ${bind(value.text)})`;
      case 'suffix':
        return `endsWith(toString(${expression().text}), ${bind(value.text)})`;
      case 'substring':
        return `position(toString(${expression().text}), ${bind(value.text)}) > 0`;
      case 'regex':
        return this.regex(expression().text, value);
    }
  }

  private equals(field: ResolvedField, value: Value): string {
    const { type, values } = field.field;
    if (type === 'enum' && values !== undefined && !values.includes(value.text)) {
      const suggestion = nearest(value.text, values);
      return this.fail({
        severity: 'error',
        code: 'lens.unknown_value',
        from: value.from,
        to: value.to,
        message: `${field.label} is one of ${values.join(', ')}.`,
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
    if (type === 'number') {
      const number = this.number(field, value);
      return number === null ? '0' : `\`${field.field.column}\` = ${number}`;
    }
    if (type === 'uuid') {
      if (!UUID.test(value.text))
        return this.fail({
          severity: 'error',
          code: 'lens.bad_id',
          message: 'An id is a UUID.',
          from: value.from,
          to: value.to,
        });
      return `\`${field.field.column}\` = ${this.parameters.add('UUID', value.text)}`;
    }
    if (type === 'ip' && CIDR.test(value.text)) return this.cidr(field, value);
    if (type === 'json' && field.path.length === 0) return this.tokens([field.field.column], [], value.text);
    if (type === 'map' && field.path.length === 0) {
      return `has(mapValues(\`${field.field.column}\`), ${this.parameters.add('String', value.text)})`;
    }
    const { text } = fieldExpression(field, this.parameters);
    const equal = `${text} = ${this.parameters.add('String', value.text)}`;
    // The words of the value are in the text index: with them ClickHouse skips what cannot match.
    const words = type === 'json' ? tokensOf(value.text) : [];
    if (words.length === 0 || words.length > 16) return equal;
    return `(hasAllTokens(lowerUTF8(\`${field.field.column}\`), ${this.parameters.add('Array(String)', words)}) AND ${equal})`;
  }

  private cidr(field: ResolvedField, value: Value): string {
    const [address = '', bits = ''] = value.text.split('/');
    const v6 = address.includes(':');
    if (
      Number(bits) > (v6 ? 128 : 32) ||
      (!v6 && !/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) ||
      (!v6 && address.split('.').some((part) => Number(part) > 255)) ||
      (v6 && !/^[0-9A-Fa-f:]{2,39}$/.test(address))
    ) {
      return this.fail({
        severity: 'error',
        code: 'lens.bad_cidr',
        message: 'This is not an address range.',
        from: value.from,
        to: value.to,
        suggestion: '10.0.0.0/8',
      });
    }
    const column = `\`${field.field.column}\``;
    const guard = v6 ? `isIPv6String(${column})` : `isIPv4String(${column})`;
    return `(${guard} AND isIPAddressInRange(if(${guard}, ${column}, ${v6 ? "'::'" : "'0.0.0.0'"}), ${this.parameters.add('String', value.text)}))`;
  }

  private number(field: ResolvedField, value: Value): string | null {
    const numeric =
      field.field.type === 'number' ||
      ((field.field.type === 'json' || field.field.type === 'map') && field.path.length > 0);
    if (!numeric) {
      this.fail({
        severity: 'error',
        code: 'lens.not_a_number_field',
        message: `${field.label} cannot be compared as a number.`,
        from: value.from,
        to: value.to,
      });
      return null;
    }
    if (!NUMBER.test(value.text)) {
      this.fail({
        severity: 'error',
        code: 'lens.not_a_number',
        message: `${field.label} is compared with a number.`,
        from: value.from,
        to: value.to,
      });
      return null;
    }
    return this.parameters.add('Float64', Number(value.text));
  }

  /** ClickHouse runs RE2: linear time. What it cannot read is refused here, before a query fails half-way. */
  private regex(text: string, value: Value): string {
    if (value.text.length > 512 || /\(\?[=!<]|\\[1-9]/.test(value.text) || !compiles(value.text)) {
      return this.fail({
        severity: 'error',
        code: 'lens.bad_regex',
        message: 'This is not a pattern RE2 can run (no look-around, no back-references).',
        from: value.from,
        to: value.to,
      });
    }
    return `match(toString(${text}), ${this.parameters.add('String', value.text)})`;
  }

  private text(value: Value): string {
    if (value.match === 'any') return '1';
    if (value.match === 'exact') {
      if (!value.quoted) return this.tokens([...INDEXED_TEXT], [...SHORT_TEXT], value.text);
      const phrase = this.parameters.add('String', value.text.toLowerCase());
      return `(${[...INDEXED_TEXT, ...SHORT_TEXT].map((column) => `position(lowerUTF8(toString(\`${column}\`)), ${phrase}) > 0`).join(' OR ')})`;
    }
    if (value.match === 'regex') {
      return `(${[...INDEXED_TEXT, ...SHORT_TEXT].map((column) => this.regex(`\`${column}\``, value)).join(' OR ')})`;
    }
    const bound = this.parameters.add('String', value.text.toLowerCase());
    const columns = [...INDEXED_TEXT, ...SHORT_TEXT].map((column) => `lowerUTF8(toString(\`${column}\`))`);
    const test = (column: string) =>
      value.match === 'substring'
        ? `position(${column}, ${bound}) > 0`
        : `arrayExists(word -> ${value.match === 'prefix' ? 'startsWith' : 'endsWith'}(word, ${bound}), splitByNonAlpha(${column}))`;
    return `(${columns.map(test).join(' OR ')})`;
  }

  /** All tokens of the text, in one of the columns. */
  private tokens(indexed: readonly string[], short: readonly string[], text: string): string {
    const words = tokensOf(text).slice(0, 32);
    if (words.length === 0) {
      const bound = this.parameters.add('String', text.toLowerCase());
      return `(${[...indexed, ...short].map((column) => `position(lowerUTF8(toString(\`${column}\`)), ${bound}) > 0`).join(' OR ')})`;
    }
    const bound = this.parameters.add('Array(String)', words);
    return `(${[
      ...indexed.map((column) => `hasAllTokens(lowerUTF8(\`${column}\`), ${bound})`),
      ...short.map((column) => `hasAll(splitByNonAlpha(lowerUTF8(toString(\`${column}\`))), ${bound})`),
    ].join(' OR ')})`;
  }

  /** A comparison with something that is not there is false, not NULL: NOT of it must be true. */
  private defined(comparison: string): string {
    return `ifNull(${comparison}, 0)`;
  }

  private fail(diagnostic: Diagnostic): string {
    this.diagnostics.push(diagnostic);
    return '0';
  }
}

/** As ClickHouse's splitByNonAlpha cuts: ASCII letters and digits, and everything beyond ASCII. */
export function tokensOf(text: string): string[] {
  return [
    ...new Set(
      text
        .toLowerCase()
        .split(/[\u0000-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+/)
        .filter((word) => word !== ''),
    ),
  ];
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern.replace(/^\(\?[imsU]+\)/, ''), 'u');
    return true;
  } catch {
    return false;
  }
}
