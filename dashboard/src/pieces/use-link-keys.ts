import { useShortcuts } from '../commands/use-shortcuts.js';
import { nextIndex } from './use-list-keys.js';

/** j and k go from entry to entry of a list whose entries are links or buttons: Enter then opens the one with the focus. */
export function useLinkKeys(selector: string): void {
  const move = (step: number) => {
    const entries = [...document.querySelectorAll<HTMLElement>(selector)];
    const at = entries.findIndex((entry) => entry === document.activeElement);
    entries[nextIndex(at, step, entries.length)]?.focus();
  };
  useShortcuts([
    { keys: 'j', label: 'Next', group: 'List', run: () => move(1) },
    { keys: 'k', label: 'Previous', group: 'List', run: () => move(-1) },
    { keys: 'Enter', label: 'Open', group: 'List', run: () => move(1) },
  ]);
}
