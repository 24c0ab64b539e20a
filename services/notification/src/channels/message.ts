import type { AlertSeverity } from '@portcullis/contracts';
import type { AlertSummary, Notification } from '../delivery/notification.js';
import { plainText } from './plain-text.js';

export interface MessageAlert {
  readonly title: string;
  readonly severity: AlertSeverity;
  readonly state: string;
  /** Name and value, in the order they are shown; values are plain text. */
  readonly facts: readonly (readonly [string, string])[];
  readonly link: string | null;
}

/** A notification in words, before any channel's markup. Every text is plain and bounded. */
export interface Message {
  /** `[FIRING:2] rate_spike on prod-db`, as Alertmanager has it. */
  readonly subject: string;
  readonly alerts: readonly MessageAlert[];
  /** "and 7 more", or null. */
  readonly more: string | null;
  readonly severity: AlertSeverity;
  readonly link: string | null;
}

const ORDER: readonly AlertSeverity[] = ['info', 'low', 'medium', 'high', 'critical'];

/** What people are told; `shown` alerts at most, since chats are read on phones. */
export function messageOf(notification: Notification, shown = 10): Message {
  const { alerts, omitted, links } = notification;
  const total = alerts.length + omitted;
  const hidden = total - Math.min(alerts.length, shown);
  return {
    subject: subjectOf(notification, total),
    alerts: alerts.slice(0, shown).map(messageAlert),
    more: hidden > 0 ? `and ${hidden} more` : null,
    severity: worstOf(alerts),
    link: links.alerts,
  };
}

export function worstOf(alerts: readonly Pick<AlertSummary, 'severity'>[]): AlertSeverity {
  return alerts.reduce<AlertSeverity>(
    (worst, { severity }) => (ORDER.indexOf(severity) > ORDER.indexOf(worst) ? severity : worst),
    'info',
  );
}

function subjectOf({ kind, alerts }: Notification, total: number): string {
  const state = kind === 'test' ? 'TEST' : kind === 'resolved' ? 'RESOLVED' : `FIRING:${total}`;
  const [first] = alerts;
  if (first === undefined) return `[${state}] Portcullis`;
  const kinds = new Set(alerts.map((alert) => alert.kind));
  const connections = new Set(alerts.map(({ connection }) => connection));
  const what =
    total === 1 ? plainText(first.title, 150) : kinds.size === 1 ? `${plainText(first.kind, 64)}` : 'alerts';
  const where =
    total > 1 && connections.size === 1 && first.connection !== null
      ? ` on ${plainText(first.connection, 64)}`
      : '';
  return `[${state}] ${what}${where}`;
}

function messageAlert(alert: AlertSummary): MessageAlert {
  const facts: [string, string | null][] = [
    ['Kind', alert.kind],
    ['Connection', alert.connection],
    ['Agent', alert.agent],
    ['User', alert.user],
    ['Tool', alert.tool],
    ['Rule', alert.rule],
    ['Occurrences', String(alert.occurrences)],
    ['First seen', alert.firstSeenAt],
    ['Last seen', alert.lastSeenAt],
  ];
  return {
    title: plainText(alert.title),
    severity: alert.severity,
    state: alert.state,
    facts: facts.flatMap(([name, value]) =>
      value === null || value === '' ? [] : [[name, plainText(value, 200)] as const],
    ),
    link: alert.link,
  };
}
