import type { Alert } from '../alerts/alert.js';
import { isFiring } from '../alerts/alert.js';
import { severityRank } from '../alerts/severity.js';
import { DIGEST, type AlertSummary, type Notification } from '../delivery/notification.js';
import type { DueNotification } from './due-notifications.js';
import type { Group } from './group-store.js';
import { newsOf, type Member } from './member.js';

/** Alerts one notification shows; the rest is counted. */
export const SHOWN_LIMIT = 50;

export interface ComposeOptions {
  /** Address of the dashboard, without a slash at its end; null when it is not known. */
  readonly dashboardUrl: string | null;
}

/** What is most worth showing: what fires, the worst, the new. */
export function shownFirst(members: readonly Member[]): Member[] {
  const rank = (member: Member): number[] => [
    isFiring(member.life) ? 1 : 0,
    severityRank(member.life.severity),
    newsOf(member, true) === null ? 0 : 1,
    member.since,
  ];
  return [...members]
    .sort((a, b) => compare(rank(b), rank(a)) || (a.alertId < b.alertId ? -1 : 1))
    .slice(0, SHOWN_LIMIT);
}

/** What a receiver tells groups apart by. */
export function groupKeyOf(groups: readonly Group[]): string {
  const [group, ...more] = groups;
  return group === undefined || more.length > 0 ? DIGEST : `${group.routeId ?? ''}:${group.groupKey}`;
}

export function composeNotification(
  due: DueNotification & {
    readonly id: string;
    readonly alerts: readonly Alert[];
    readonly ends: readonly string[];
    readonly now: number;
  },
  { dashboardUrl }: ComposeOptions,
): Notification {
  const [group] = due.groups;
  return {
    id: due.id,
    tenantId: group!.tenantId,
    channelId: group!.channelId,
    kind: due.kind,
    groupKey: groupKeyOf(due.groups),
    alerts: due.alerts.map((alert) => summaryOf(alert, dashboardUrl)),
    omitted: due.members.length - due.alerts.length,
    ends: due.ends,
    links: { alerts: dashboardUrl && `${dashboardUrl}/alerts` },
    createdAt: new Date(due.now).toISOString(),
  };
}

function summaryOf(alert: Alert, dashboardUrl: string | null): AlertSummary {
  const { subject, lifecycle } = alert;
  return {
    id: alert.id,
    kind: alert.kind,
    severity: lifecycle.severity,
    state: lifecycle.state ?? 'open',
    title: alert.title,
    connection: subject.connection?.slug ?? null,
    agent: subject.agent,
    user: subject.user,
    tool: subject.tool,
    rule: subject.rule,
    occurrences: alert.occurrences,
    firstSeenAt: new Date(alert.firstSeenAt).toISOString(),
    lastSeenAt: new Date(alert.lastSeenAt).toISOString(),
    link: dashboardUrl && `${dashboardUrl}/alerts/${alert.id}`,
  };
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) if (value !== b[index]) return value - b[index]!;
  return 0;
}
