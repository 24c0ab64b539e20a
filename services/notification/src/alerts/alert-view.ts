import type { AlertView } from '@portcullis/contracts';
import { isMuted, type Alert } from './alert.js';

const iso = (at: number) => new Date(at).toISOString();
const isoOrNull = (at: number | null | undefined) => (at === null || at === undefined ? null : iso(at));

export function alertView(alert: Alert, nextNotificationAt: number | null, now: number): AlertView {
  const { lifecycle: life, subject } = alert;
  return {
    id: alert.id,
    dedupKey: alert.dedupKey,
    kind: alert.kind,
    severity: life.severity,
    title: alert.title,
    state: life.state ?? 'open',
    ...subject,
    occurrences: alert.occurrences,
    firstSeenAt: iso(alert.firstSeenAt),
    lastSeenAt: iso(alert.lastSeenAt),
    openedAt: iso(life.openedAt),
    openings: life.openings,
    acknowledgedAt: isoOrNull(life.acknowledged?.at),
    acknowledgedBy: life.acknowledged?.by ?? null,
    resolvedAt: isoOrNull(life.resolved?.at),
    resolvedBy: life.resolved?.by ?? null,
    resolution: life.resolved?.how ?? null,
    mutedUntil: life.mutedUntil !== null && isMuted(life, now) ? iso(life.mutedUntil) : null,
    quietAt: isoOrNull(alert.quietAt),
    nextNotificationAt: isoOrNull(nextNotificationAt),
  };
}
