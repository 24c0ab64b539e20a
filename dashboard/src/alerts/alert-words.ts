import type { AlertDetail, AlertRow } from './alert-queries.js';

/** `rate_spike` as people say it. */
export function kindWord(kind: string): string {
  const words = kind.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const TRANSITION_WORDS: Readonly<Record<string, string>> = {
  AlertOpened: 'began to fire',
  AlertReopened: 'fires again',
  AlertEscalated: 'became more severe',
  AlertAcknowledged: 'acknowledged it',
  AlertResolved: 'resolved it',
  AlertMuted: 'muted it',
  AlertUnmuted: 'unmuted it',
};

/** `300 calls`, or a dash where nothing is known. */
export function figureText(figure: AlertDetail['observed'], part: 'value' | 'threshold'): string {
  const value = figure?.[part] ?? null;
  if (value === null) return '–';
  const shown = Number.isInteger(value) ? String(value) : value.toFixed(1);
  if (!figure?.unit) return shown;
  // Units are words in the plural: calls, tools, denials.
  return `${shown} ${shown === '1' ? figure.unit.replace(/s$/, '') : figure.unit}`;
}

/** Where, who, with what: the parts that are known. */
export function subjectOf(alert: AlertRow): readonly (readonly [string, string])[] {
  const { connection, agent, user, tool, rule, key } = alert;
  const parts: [string, string | null | undefined][] = [
    ['Connection', connection?.slug],
    ['Agent', agent],
    ['User', user],
    ['Key', key?.label],
    ['Tool', tool],
    ['Rule', rule],
  ];
  return parts.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}

/** When a mute ends: one hour, four, or tomorrow at nine where the person is. */
export function muteUntil(choice: '1h' | '4h' | 'tomorrow', now: Date): Date {
  if (choice !== 'tomorrow') return new Date(now.getTime() + (choice === '1h' ? 1 : 4) * 3_600_000);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 9);
}
