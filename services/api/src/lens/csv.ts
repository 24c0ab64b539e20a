/**
 * Beginnings a spreadsheet would take for a formula, full-width forms included. Such cells get a leading apostrophe
 * (OWASP, CSV injection).
 */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** One CSV line (RFC 4180, CRLF). Objects become JSON text. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: unknown): string {
  const text =
    value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  const safe = visible(FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * What a reader's program would act on instead of showing, as its escape: control characters other than tab and line
 * ends (terminal sequences), and those that turn the direction of text.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Built from code points, so that this file holds none of them. */
const UNSEEN = new RegExp(
  `[${range(0x00, 0x08)}${range(0x0b, 0x0c)}${range(0x0e, 0x1f)}${range(0x7f, 0x9f)}\\u061c${range(0x200e, 0x200f)}${range(0x2028, 0x202e)}${range(0x2066, 0x2069)}\\ufeff]`,
  'g',
);

function range(from: number, to: number): string {
  return [from, to].map((code) => `\\u${code.toString(16).padStart(4, '0')}`).join('-');
}
