/** What a person pastes into a shell to get the same answer. The key is theirs to set: a page never shows one. */
export function lensCurl(
  apiUrl: string,
  body: { readonly q: string; readonly from: string; readonly to: string },
): string {
  return [
    `curl -sS ${shellQuoted(`${apiUrl}/api/v1/lens/query`)}`,
    `-H "Authorization: Bearer $PORTCULLIS_API_KEY"`,
    `-H 'Content-Type: application/json'`,
    `-d ${shellQuoted(JSON.stringify(body))}`,
  ].join(' \\\n  ');
}

/** In single quotes, where a shell takes every character for itself; a quote is set outside of them. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
