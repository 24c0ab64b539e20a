/** A row as Lens shows it, by the names of its fields. What does not apply is empty (text), 0 (numbers) or `{}` (maps). */
export interface LensRow {
  /** `args` and `result`: JSON text as it was recorded, or the value of it. */
  readonly [field: string]: unknown;
}

/**
 * What filters look at, worked out once for each row however many filters and terms ask: lower-cased texts, their words,
 * and the values of JSON texts.
 */
export class RowUnderTest {
  private readonly lowered = new Map<string, string>();
  private readonly words = new Map<string, ReadonlySet<string>>();
  private readonly documents = new Map<string, { readonly value: unknown } | null>();

  constructor(private readonly row: LensRow) {}

  /** The field as text: `''` when it is not there. */
  text(field: string): string {
    const value = this.row[field];
    if (typeof value === 'string') return value;
    if (value === undefined || value === null) return '';
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }

  number(field: string): number {
    const value = this.row[field];
    return typeof value === 'number' ? value : Number(value ?? 0);
  }

  map(field: string): Readonly<Record<string, string>> {
    const value = this.row[field];
    return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};
  }

  lowerText(field: string): string {
    return this.remembered(this.lowered, field, () => this.text(field).toLowerCase());
  }

  /** The words of the lower-cased text, as `splitByNonAlpha` cuts it. */
  wordsOf(field: string): ReadonlySet<string> {
    return this.remembered(this.words, field, () => new Set(splitByNonAlpha(this.lowerText(field))));
  }

  /** The value of a JSON text; null when it is none, as a text that was cut. */
  document(field: string): { readonly value: unknown } | null {
    return this.remembered(this.documents, field, () => {
      try {
        return { value: JSON.parse(this.text(field)) as unknown };
      } catch {
        return null;
      }
    });
  }

  private remembered<Value>(known: Map<string, Value>, field: string, work: () => Value): Value {
    const found = known.get(field);
    if (found !== undefined) return found;
    const value = work();
    known.set(field, value);
    return value;
  }
}

/** ASCII letters and digits, and everything beyond ASCII, make words. */
export function splitByNonAlpha(text: string): string[] {
  return text.split(/[\u0000-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+/).filter((word) => word !== '');
}
