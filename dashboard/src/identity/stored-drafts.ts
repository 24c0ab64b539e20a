/**
 * Drafts that outlast a reload of the page, in the tab's own storage: gone with the tab, another person's never read.
 * Only what a form says is free of secrets comes here (`useDraft`).
 */
const PLACE = 'portcullis.drafts.v1';
/** Of all drafts together, in characters. What is longer is not stored. */
const MOST = 512_000;

interface Stored {
  readonly owner: string;
  readonly drafts: Readonly<Record<string, unknown>>;
}

export function storedDraft(owner: string, key: string): unknown {
  const stored = read();
  return stored?.owner === owner && Object.hasOwn(stored.drafts, key) ? stored.drafts[key] : undefined;
}

/** `undefined` takes it away. */
export function storeDraft(owner: string, key: string, value: unknown): void {
  const stored = read();
  const others = Object.entries(stored?.owner === owner ? stored.drafts : {}).filter(
    ([other]) => other !== key,
  );
  const drafts = value === undefined ? others : [...others, [key, value] as const];
  if (drafts.length === 0) return forgetStoredDrafts();
  const text = JSON.stringify({ owner, drafts: Object.fromEntries(drafts) } satisfies Stored);
  try {
    if (text.length <= MOST) sessionStorage.setItem(PLACE, text);
    // Rather none than one that is older than what is on the page.
    else if (value !== undefined) storeDraft(owner, key, undefined);
  } catch {
    // Full, or switched off: the draft then lives as long as the page.
  }
}

export function forgetStoredDrafts(): void {
  try {
    sessionStorage.removeItem(PLACE);
  } catch {
    // Switched off: there is nothing to forget.
  }
}

function read(): Stored | undefined {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(PLACE) ?? 'null');
    if (typeof found !== 'object' || found === null || !('owner' in found) || !('drafts' in found))
      return undefined;
    const { owner, drafts } = found;
    if (typeof owner !== 'string' || typeof drafts !== 'object' || drafts === null) return undefined;
    return { owner, drafts: drafts as Stored['drafts'] };
  } catch {
    return undefined;
  }
}
