import { latinLookalike } from './latin-lookalike.js';

/** Tools whose name begins with one of these take something away for good. */
export const DESTRUCTIVE_VERBS = ['delete', 'drop', 'truncate', 'destroy', 'purge'] as const;
export type DestructiveVerb = (typeof DESTRUCTIVE_VERBS)[number];

/** Where a namespace ends: `db.drop_table`, `repo/delete`, `github__delete_repo`. */
const NAMESPACE = /\.|\/|:|__/u;
/** Where the first word ends: `delete_row`, `delete-row`, `delete row`, `deleteRow`, `DELETERow`. */
const FIRST_WORD = /^(?:[A-Z]+(?![a-z])|[A-Z]?[a-z]+)(?=$|[^a-z])/u;
/** A first word in which digits and capitals stand for letters they look like: `de1ete_row`, `dr0p`, `deIete`. */
const DISGUISED = /^[A-Za-z01|]+/u;

/**
 * The verb a tool's name begins with, or one of its parts after a namespace; undefined for all others: `deleted_items`,
 * `dropdown_options` and `list_deletions` destroy nothing. Letters that only look like these count as these.
 */
export function destructiveVerb(name: string): DestructiveVerb | undefined {
  for (const part of latinLookalike(name).split(NAMESPACE)) {
    const rest = part.replace(/^[^\p{L}]+/u, '');
    const verb = verbOf(FIRST_WORD.exec(rest)?.[0]) ?? verbOf(undisguised(DISGUISED.exec(rest)?.[0]));
    if (verb !== undefined) return verb;
  }
  return undefined;
}

function verbOf(word: string | undefined): DestructiveVerb | undefined {
  const lower = word?.toLowerCase();
  return DESTRUCTIVE_VERBS.find((verb) => verb === lower);
}

function undisguised(word: string | undefined): string | undefined {
  return word?.replace(/[1I|]/gu, 'l').replaceAll('0', 'o');
}
