/** A key, or keys one after the other with spaces between, as a person types them: `j`, `g l`, `?`, `mod+k`, `shift+x`. */
export interface Shortcut {
  readonly keys: string;
  readonly label: string;
  /** Heading in the list of shortcuts. */
  readonly group: string;
  readonly run: (event: KeyboardEvent) => void;
  /** Also while the person types into a field. */
  readonly always?: boolean;
}

/** What of a key event matters here, so that matching can be tested without a page. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** Milliseconds within which the second key of a sequence must follow. */
const SEQUENCE_MS = 1_200;

/** `mod+k` for Ctrl-K and Cmd-K alike; Shift is named only where the key itself does not show it. */
export function pressName(press: KeyPress): string {
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const showsShift = press.key.length === 1 && press.key.toLowerCase() === press.key.toUpperCase();
  return [
    ...(press.ctrlKey || press.metaKey ? ['mod'] : []),
    ...(press.altKey ? ['alt'] : []),
    ...(press.shiftKey && !showsShift ? ['shift'] : []),
    key,
  ].join('+');
}

/** Finds the shortcut that a row of presses means. The latest registered wins: a drawer's Escape before the page's. */
export class ShortcutRegistry {
  private shortcuts: readonly Shortcut[] = [];
  private pending: { keys: string; at: number } | undefined;
  private readonly listeners = new Set<() => void>();

  add(added: readonly Shortcut[]): () => void {
    this.set([...this.shortcuts, ...added]);
    return () => this.set(this.shortcuts.filter((shortcut) => !added.includes(shortcut)));
  }

  readonly all = (): readonly Shortcut[] => this.shortcuts;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The shortcut to run now, if any. `now` in milliseconds. */
  press(press: KeyPress, typing: boolean, now: number): Shortcut | undefined {
    const name = pressName(press);
    const before =
      this.pending !== undefined && now - this.pending.at < SEQUENCE_MS ? `${this.pending.keys} ` : '';
    this.pending = undefined;
    const usable = this.shortcuts.filter((shortcut) => !typing || shortcut.always);
    const found =
      usable.findLast(({ keys }) => keys === before + name) ?? usable.findLast(({ keys }) => keys === name);
    if (found !== undefined) return found;
    if (usable.some(({ keys }) => keys.startsWith(`${name} `))) this.pending = { keys: name, at: now };
    return undefined;
  }

  private set(shortcuts: readonly Shortcut[]): void {
    this.shortcuts = shortcuts;
    for (const listener of this.listeners) listener();
  }
}
