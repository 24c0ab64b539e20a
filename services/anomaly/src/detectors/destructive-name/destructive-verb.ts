/** Tools whose name begins with one of these take something away for good. */
export const DESTRUCTIVE_VERBS = ['delete', 'drop', 'truncate', 'destroy', 'purge'] as const;
export type DestructiveVerb = (typeof DESTRUCTIVE_VERBS)[number];

/** Where a namespace ends: `db.drop_table`, `repo/delete`, `github__delete_repo`. */
const NAMESPACE = /\.|\/|:|__/u;
/** Where the first word ends: `delete_row`, `delete-row`, `delete row`, `deleteRow`, `DELETERow`. */
const FIRST_WORD = /^(?:[A-Z]+(?![a-z])|[A-Z]?[a-z]+)(?=$|[^a-z])/u;

/**
 * The verb a tool's name begins with, or one of its parts after a namespace; undefined for all others: `deleted_items`,
 * `dropdown_options` and `list_deletions` destroy nothing.
 */
export function destructiveVerb(name: string): DestructiveVerb | undefined {
  // Compatibility forms (fullwidth letters, ligatures) read the same, so they count the same.
  for (const part of name.normalize('NFKC').split(NAMESPACE)) {
    const word = FIRST_WORD.exec(part.replace(/^[^\p{L}]+/u, ''))?.[0].toLowerCase();
    const verb = DESTRUCTIVE_VERBS.find((candidate) => candidate === word);
    if (verb !== undefined) return verb;
  }
  return undefined;
}
