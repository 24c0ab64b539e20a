/** `String.prototype.toWellFormed` (ES2024) is in every Node version supported here, not yet in the library types. */
interface WellFormed {
  isWellFormed(): boolean;
  toWellFormed(): string;
}

/**
 * Rows as JSONEachRow bytes; rows that are arrays as JSONCompactEachRow. Half surrogate pairs become U+FFFD: the server refuses their escapes, and one of them
 * would take the whole insert down. Not-a-number and infinite numbers become null, which a column that is not
 * Nullable reads as its default.
 */
export function jsonEachRow(rows: readonly object[]): Buffer {
  return Buffer.from(rows.map((row) => `${lineOf(row)}\n`).join(''), 'utf8');
}

function lineOf(row: object): string {
  const text = JSON.stringify(row);
  // JSON.stringify escapes exactly the half pairs, so most rows need no second look.
  return text.includes('\\ud') ? JSON.stringify(row, wellFormed) : text;
}

function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return whole(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  // Keys of a Map column are values too.
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) copy[whole(key)] = item;
  return copy;
}

function whole(text: string): string {
  const string = text as unknown as WellFormed;
  return string.isWellFormed() ? text : string.toWellFormed();
}
