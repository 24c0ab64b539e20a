import { useEffect, useEffectEvent } from 'react';
import { ShortcutRegistry, type Shortcut } from './shortcut-registry.js';

export const shortcuts = new ShortcutRegistry();

/** Shortcuts that work while the calling component is on the page. Their `keys` and labels may not change; `run` may. */
export function useShortcuts(wanted: readonly Shortcut[]): void {
  const run = useEffectEvent((index: number, event: KeyboardEvent) => wanted[index]?.run(event));
  const shape = JSON.stringify(
    wanted.map(({ keys, label, group, always }) => ({ keys, label, group, always })),
  );
  useEffect(() => {
    const described = JSON.parse(shape) as Omit<Shortcut, 'run'>[];
    return shortcuts.add(
      described.map((shortcut, index) => ({ ...shortcut, run: (event) => run(index, event) })),
    );
  }, [shape]);
}

/** Hands the page's keys to the registry. Once, in the shell. */
export function useShortcutKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || isOwnKey(event)) return;
      const found = shortcuts.press(event, isTyping(event.target), Date.now());
      if (found === undefined) return;
      event.preventDefault();
      found.run(event);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** Enter and the space bar belong to the button or link that has the focus. */
function isOwnKey(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' && event.key !== ' ') return false;
  return (
    event.target instanceof HTMLElement &&
    event.target.closest('a, button, summary, [role="button"], [role="tab"]') !== null
  );
}

/** Whether keys go into a field, or steer a control that has its own use for them. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target.closest('[role="listbox"], [role="menu"], [aria-modal="true"]') !== null
  )
    return true;
  return target.matches('input:not([type="checkbox"], [type="radio"], [type="button"]), textarea, select');
}
