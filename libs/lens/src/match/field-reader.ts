import { AUDIT_EVENT_COLUMNS } from '@portcullis/contracts';
import type { ResolvedField } from '../registry/resolve.js';
import type { RowUnderTest } from './lens-row.js';

/** How a field of a row is read: what `fieldExpression` says in SQL. */
export interface FieldReader {
  readonly text: (row: RowUnderTest) => string;
  /** Null when there is no number. */
  readonly number: (row: RowUnderTest) => number | null;
  readonly present: (row: RowUnderTest) => boolean;
}

export function fieldReader({ field, path }: ResolvedField): FieldReader {
  const { name } = field;
  if (field.type === 'map' && path.length > 0) {
    const key = path.join('.');
    const entry = (row: RowUnderTest) => (Object.hasOwn(row.map(name), key) ? row.map(name)[key] : undefined);
    return {
      text: (row) => entry(row) ?? '',
      number: (row) => numberIn(entry(row) ?? ''),
      present: (row) => entry(row) !== undefined,
    };
  }
  if (field.type === 'json' && path.length > 0) {
    const leaf = (row: RowUnderTest) => leafOf(row.document(name), path);
    return {
      text: (row) => leafText(leaf(row)),
      number: (row) => {
        const found = leaf(row);
        return typeof found === 'number' ? found : null;
      },
      present: (row) => leaf(row) !== undefined,
    };
  }
  switch (field.type) {
    case 'number': {
      const single = AUDIT_EVENT_COLUMNS[field.column] === 'Float32';
      return {
        text: (row) => row.text(name),
        number: (row) => (single ? Math.fround(row.number(name)) : row.number(name)),
        present: (row) => row.number(name) !== 0,
      };
    }
    case 'map':
      return {
        text: (row) => mapText(row.map(name)),
        number: () => null,
        present: (row) => Object.keys(row.map(name)).length > 0,
      };
    case 'uuid':
    case 'time':
      return { text: (row) => row.text(name), number: () => null, present: () => true };
    default:
      return {
        text: (row) => row.text(name),
        number: (row) => numberIn(row.text(name)),
        present: (row) => row.text(name) !== '',
      };
  }
}

/** As `toFloat64OrNull` reads. */
function numberIn(text: string): number | null {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special === null) return null;
  if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

/** Follows a path: a part of digits is an index, of an array or of the members of an object in their order. */
function leafOf(document: { readonly value: unknown } | null, path: readonly string[]): unknown {
  let value = document === null ? undefined : document.value;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (/^\d{1,6}$/.test(part)) value = (Array.isArray(value) ? value : Object.values(value))[Number(part)];
    else if (Array.isArray(value) || !Object.hasOwn(value, part)) return undefined;
    else value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** A string as it is; anything else as its JSON text. */
function leafText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  // ClickHouse escapes slashes within the JSON it writes.
  return typeof value === 'object' && value !== null
    ? JSON.stringify(value).replaceAll('/', '\\/')
    : String(value);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\0',
  '\\': '\\\\',
  "'": "\\'",
};

function mapText(map: Readonly<Record<string, string>>): string {
  const quoted = (text: string) =>
    `'${text.replace(/[\b\f\n\r\t\0\\']/g, (character) => ESCAPES[character] ?? character)}'`;
  return `{${Object.entries(map)
    .map(([key, value]) => `${quoted(key)}:${quoted(value)}`)
    .join(',')}}`;
}
