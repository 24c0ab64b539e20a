/** A stretch of text to show as it is, or a character that must not act and is shown as its name. */
export interface TextPart {
  readonly kind: 'plain' | 'escaped';
  readonly text: string;
}

/**
 * Characters that a page obeys or hides: controls, directions (bidi), what has no width, tags, the private use area,
 * halves of pairs. Names of tools, arguments and users come from machines nobody here trusts: a person must see these.
 */
const HOSTILE =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2028\u2029\u2800\u3164\ufe00-\ufe0e\uffa0\u{e0100}-\u{e01ef}]/gu;

/** Splits a text into what may be shown and what is shown escaped: `\n`, `\t`, `\u{202e}`. */
export function textParts(text: string, longest = 10_000): TextPart[] {
  const cut = text.length > longest ? text.slice(0, longest) : text;
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of cut.matchAll(HOSTILE)) {
    if (match.index > from) parts.push({ kind: 'plain', text: cut.slice(from, match.index) });
    parts.push({ kind: 'escaped', text: escapeOf(match[0]) });
    from = match.index + match[0].length;
  }
  if (from < cut.length) parts.push({ kind: 'plain', text: cut.slice(from) });
  if (cut.length < text.length)
    parts.push({ kind: 'escaped', text: `… ${text.length - cut.length} more characters` });
  return parts;
}

const HARMLESS = /^[\x20-\x7e]*$/;

/** The same as one string, for titles, labels and messages, which can hold no markup. */
export function visibleText(text: string, longest?: number): string {
  // Nearly every text there is, and lists of thousands of rows ask for each of theirs.
  if (text.length <= (longest ?? 10_000) && HARMLESS.test(text)) return text;
  return textParts(text, longest)
    .map(({ text: part }) => part)
    .join('');
}

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(character: string): string {
  return SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`;
}
