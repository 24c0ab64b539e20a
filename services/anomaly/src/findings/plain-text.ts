const TITLE_LIMIT = 256;
const NAME_LIMIT = 60;

/**
 * A name in a sentence: what could hide, reverse or break the text around it (control and formatting characters, line
 * separators, what is no character at all) is shown as a replacement mark, and the length is bounded.
 */
export function nameInText(name: string): string {
  const clean = name
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD')
    .replace(/\s+/gu, ' ')
    .trim();
  const characters = [...clean];
  if (characters.length === 0) return '(no name)';
  return characters.length <= NAME_LIMIT ? clean : `${characters.slice(0, NAME_LIMIT - 1).join('')}…`;
}

export function titleOf(text: string): string {
  return text.length <= TITLE_LIMIT
    ? text
    : `${text.slice(0, TITLE_LIMIT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
