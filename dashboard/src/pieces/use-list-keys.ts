import { useState } from 'react';
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
}

/** j and k (and the arrows) move through a list, Enter opens. Closing belongs to what was opened. */
export function useListKeys({ count, onOpen, onMove }: ListKeysOptions): ListKeys {
  const [chosen, setCurrent] = useState(-1);
  const current = Math.min(chosen, count - 1);
  const move = (step: number) => {
    const next = nextIndex(current, step, count);
    setCurrent(next);
    if (next >= 0) onMove?.(next);
  };
  useShortcuts([
    { keys: 'j', label: 'Next', group: 'List', run: () => move(1) },
    { keys: 'k', label: 'Previous', group: 'List', run: () => move(-1) },
    { keys: 'ArrowDown', label: 'Next', group: 'List', run: () => move(1) },
    { keys: 'ArrowUp', label: 'Previous', group: 'List', run: () => move(-1) },
    { keys: 'Enter', label: 'Open', group: 'List', run: () => current >= 0 && onOpen?.(current) },
  ]);
  return { current, setCurrent };
}

/** Moves within a list without leaving it; the first move enters it at the end it comes from. */
export function nextIndex(current: number, step: number, count: number): number {
  if (count === 0) return -1;
  if (current < 0) return step > 0 ? 0 : count - 1;
  return Math.max(0, Math.min(count - 1, current + step));
}
