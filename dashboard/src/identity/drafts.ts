import { useEffect, useEffectEvent, useState } from 'react';
import { useMe, type Me } from './me.js';
import { storedDraft, storeDraft } from './stored-drafts.js';

/**
 * What stood in an editor or form when the sign-in ended over it, until the same person is back. In memory: a draft may
 * hold a secret. What a reload of the page shall leave too, a form names (`Storing`).
 */
const open = new Map<string, () => unknown>();
const kept = new Map<string, unknown>();
let keptFor: string | undefined;

/** What of a draft is stored in the tab. It must hold no secret: no key, password or address of a channel. */
export interface Storing<Value> {
  /** What to store of it; undefined when there is nothing worth it. */
  readonly write: (value: Value) => unknown;
  /** The draft again, or undefined for what cannot be one. */
  readonly read: (stored: unknown) => Value | undefined;
}

/** Keeps every draft that stands on the page for the person who was signed in. */
export function keepDrafts(me: Me): void {
  const owner = ownerOf(me);
  if (keptFor !== owner) kept.clear();
  keptFor = owner;
  for (const [key, read] of open) kept.set(key, read());
}

/** Like `useState`, for what must outlast an ended sign-in. `key` says which draft it is: two at once have two keys. */
export function useDraft<Value>(
  key: string,
  initial: () => Value,
  storing?: Storing<Value>,
): [Value, (next: Value | ((before: Value) => Value)) => void] {
  const owner = ownerOf(useMe());
  const [value, setValue] = useState<Value>(() => {
    if (keptFor === owner && kept.has(key)) return kept.get(key) as Value;
    const stored = storing && storedDraft(owner, key);
    return (stored === undefined ? undefined : storing?.read(stored)) ?? initial();
  });
  const read = useEffectEvent(() => value);
  useEffect(() => {
    // Taken up again, or another person's.
    if (keptFor === owner) kept.delete(key);
    else kept.clear();
    open.set(key, () => read());
    return () => {
      open.delete(key);
      // Left or closed by the person. An ended sign-in keeps it: they come back.
      if (!kept.has(key)) storeDraft(owner, key, undefined);
    };
  }, [key, owner]);
  const store = useEffectEvent((now: Value) => {
    if (storing) storeDraft(owner, key, storing.write(now));
  });
  useEffect(() => store(value), [value]);
  return [value, setValue];
}

const ownerOf = ({ user, organization }: Me) => `${user?.id ?? ''} ${organization.id}`;
