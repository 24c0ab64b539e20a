import { useEffect, useEffectEvent, useState } from 'react';
import { useMe, type Me } from './me.js';

/**
 * What stood in an editor or form when the sign-in ended over it, until the same person is back. In memory alone: a
 * draft may hold a secret, and this tab is left for the sign-in page and never reloaded on the way.
 */
const open = new Map<string, () => unknown>();
const kept = new Map<string, unknown>();
let keptFor: string | undefined;

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
): [Value, (next: Value | ((before: Value) => Value)) => void] {
  const owner = ownerOf(useMe());
  const [value, setValue] = useState<Value>(() =>
    keptFor === owner && kept.has(key) ? (kept.get(key) as Value) : initial(),
  );
  const read = useEffectEvent(() => value);
  useEffect(() => {
    // Taken up again, or another person's.
    if (keptFor === owner) kept.delete(key);
    else kept.clear();
    open.set(key, () => read());
    return () => void open.delete(key);
  }, [key, owner]);
  return [value, setValue];
}

const ownerOf = ({ user, organization }: Me) => `${user?.id ?? ''} ${organization.id}`;
