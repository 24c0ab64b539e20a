import { useSyncExternalStore } from 'react';

const KEY = 'portcullis.time-zone';
const listeners = new Set<() => void>();

/** The zone of the machine, as the browser says. */
export function systemTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The zone a person chose for every time on every page; null follows the machine. */
export function chosenTimeZone(): string | null {
  try {
    const zone = localStorage.getItem(KEY);
    return zone !== null && isTimeZone(zone) ? zone : null;
  } catch {
    return null;
  }
}

export function chooseTimeZone(zone: string | null): void {
  if (zone === null) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, zone);
  for (const listener of listeners) listener();
}

export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export function useTimeZone(): string {
  return useSyncExternalStore(subscribe, () => chosenTimeZone() ?? systemTimeZone());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}
