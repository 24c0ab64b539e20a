import { useSyncExternalStore } from 'react';
import type { KillSwitchScope } from './kill-switch-queries.js';

/** What a page wants stopped when it opens the dialog; the person may choose otherwise there. */
export interface KillSwitchRequest {
  readonly scope: KillSwitchScope;
  readonly target: string | null;
  readonly reason?: string;
}

let request: KillSwitchRequest | null = null;
const listeners = new Set<() => void>();

function set(next: KillSwitchRequest | null): void {
  request = next;
  for (const listener of listeners) listener();
}

/** Opens the one dialog of the page, from wherever somebody sees what has to stop. Nothing stops by this. */
export function askToStop(wanted: KillSwitchRequest = { scope: 'session', target: null }): void {
  set(wanted);
}

export function closeKillSwitch(): void {
  set(null);
}

export function useKillSwitchRequest(): KillSwitchRequest | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => request,
  );
}
