/** Controls, format characters (bidi overrides among them), line separators, private and unassigned characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;

/**
 * Text an attacker may have written, as one line that only says what it shows: what would act on a reader's screen is
 * replaced where it stands, so that it can be seen that something was there.
 */
export function plainText(text: string, limit = 300): string {
  const line = text.replace(UNSAFE, '\u{FFFD}').replace(/\s+/gu, ' ').trim();
  return line.length > limit ? `${sliceWhole(line, limit - 1)}…` : line;
}

/** Never ends within a character. */
export function sliceWhole(text: string, length: number): string {
  const cut = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** Readers make links of bare addresses: one that somebody else wrote must not be there to be pressed. */
export function unlinked(text: string): string {
  return text.replace(/:\/\//g, ':\u200b//').replace(/\bwww\./gi, '$&\u200b');
}
