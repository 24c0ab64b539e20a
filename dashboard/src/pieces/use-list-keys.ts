import { useEffect, useEffectEvent, useState, type RefObject } from 'react';
import { useShortcuts } from '../commands/use-shortcuts.js';

export interface ListKeys {
  /** Index of the row the keyboard stands on; -1 before the first key. */
  readonly current: number;
  readonly setCurrent: (index: number) => void;
}

interface ListKeysOptions {
  readonly count: number;
  readonly onOpen?: (index: number) => void;
  /** Told when j and k move while something of the list is open beside it. */
  readonly onMove?: (index: number) => void;
  /** Where the list stands: on a page of several, j goes on from the end of one to the next below. */
  readonly within?: RefObject<HTMLElement | null>;
}

/** j and k (and the arrows) move through a list, Enter opens. Closing belongs to what was opened. */
export function useListKeys({ count, onOpen, onMove, within }: ListKeysOptions): ListKeys {
  const [chosen, setChosen] = useState(-1);
  const current = Math.min(chosen, count - 1);
  const read = useEffectEvent(() => ({ count, current }));
  const stand = useEffectEvent((index: number) => {
    setChosen(index);
    if (index >= 0) onMove?.(index);
  });
  const open = useEffectEvent(() => {
    if (current >= 0) onOpen?.(current);
  });
  const [list] = useState<KeyedList>(() => ({
    element: () => within?.current ?? null,
    read: () => ({ count: 0, current: -1 }),
    stand: () => undefined,
    open: () => undefined,
  }));
  useEffect(() => {
    Object.assign(list, { read: () => read(), stand: (index: number) => stand(index), open: () => open() });
    lists.add(list);
    return () => void lists.delete(list);
  }, [list]);
  useShortcuts([
    { keys: 'j', label: 'Next', group: 'List', run: () => moveWithin(listsInOrder(), 1) },
    { keys: 'k', label: 'Previous', group: 'List', run: () => moveWithin(listsInOrder(), -1) },
    { keys: 'ArrowDown', label: 'Next', group: 'List', run: () => moveWithin(listsInOrder(), 1) },
    { keys: 'ArrowUp', label: 'Previous', group: 'List', run: () => moveWithin(listsInOrder(), -1) },
    {
      keys: 'Enter',
      label: 'Open',
      group: 'List',
      run: () =>
        listsInOrder()
          .find((one) => one.read().current >= 0)
          ?.open(),
    },
  ]);
  const setCurrent = (index: number) => {
    for (const other of lists) if (other !== list && other.read().current >= 0) other.stand(-1);
    setChosen(index);
  };
  return { current, setCurrent };
}

/** A list the keys may move through, as the others of its page see it. */
export interface KeyedList {
  readonly element: () => HTMLElement | null;
  readonly read: () => { readonly count: number; readonly current: number };
  /** Puts the keyboard on a row; -1 takes it away. */
  readonly stand: (index: number) => void;
  readonly open: () => void;
}

const lists = new Set<KeyedList>();

function listsInOrder(): KeyedList[] {
  return [...lists].sort((a, b) => {
    const [first, second] = [a.element(), b.element()];
    if (first === null || second === null) return Number(first === null) - Number(second === null);
    return first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
  });
}

/** One row on within the lists of a page, in their order: past the end of one stands the next. */
export function moveWithin(all: readonly KeyedList[], step: 1 | -1): void {
  const filled = all.filter((list) => list.read().count > 0);
  const at = filled.findIndex((list) => list.read().current >= 0);
  const list = filled[at] ?? (step > 0 ? filled[0] : filled.at(-1));
  if (list === undefined) return;
  const { count, current } = list.read();
  const neighbour = at < 0 ? undefined : filled[at + step];
  const leaves = step > 0 ? current === count - 1 : current === 0;
  if (!leaves || neighbour === undefined) return list.stand(nextIndex(current, step, count));
  list.stand(-1);
  neighbour.stand(nextIndex(-1, step, neighbour.read().count));
}

/** Moves within a list without leaving it; the first move enters it at the end it comes from. */
export function nextIndex(current: number, step: number, count: number): number {
  if (count === 0) return -1;
  if (current < 0) return step > 0 ? 0 : count - 1;
  return Math.max(0, Math.min(count - 1, current + step));
}
