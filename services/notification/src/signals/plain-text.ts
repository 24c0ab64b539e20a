const TITLE_LIMIT = 256;
const NAME_LIMIT = 60;

/**
 * Text in a sentence: what could hide, reverse or break the text around it (control and formatting characters, line
 * separators, what is no character at all) is shown as a replacement mark, and the length is bounded.
 */
export function inText(text: string, limit = NAME_LIMIT): string {
  const clean = text
    .replace(/\s+/gu, ' ')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD')
    .trim();
  const characters = [...clean];
  if (characters.length === 0) return '(no name)';
  return characters.length <= limit ? clean : `${characters.slice(0, limit - 1).join('')}…`;
}

export function titleOf(text: string): string {
  const clean = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  if (clean.length <= TITLE_LIMIT) return clean;
  return `${clean.slice(0, TITLE_LIMIT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A name as it is, cut, without what no text column holds. */
export function storable(text: string, limit = 256): string {
  return text
    .slice(0, limit)
    .replaceAll('\u0000', '\uFFFD')
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
}
