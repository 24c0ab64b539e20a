import type { Actor, AlertFacts } from '@portcullis/contracts';
import { NOTIFICATION_ACTOR, type OutgoingEvent } from '../outbox/event-outbox.js';
import type { Alert } from './alert.js';
import type { AlertEvent } from './alert.decider.js';

/** Who did it, and what led to it. */
export interface Occasion {
  /** None: the service itself. */
  readonly actor?: Actor | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
}

export function alertStream(alertId: string): string {
  return `alert-${alertId}`;
}

/** The published form of what happened; `alert` is as it was after. */
export function outgoingAlertEvent(event: AlertEvent, alert: Alert, occasion: Occasion): OutgoingEvent {
  const facts = factsOf(alert);
  const envelope = {
    tenantId: alert.tenantId,
    stream: alertStream(alert.id),
    actor: occasion.actor ?? NOTIFICATION_ACTOR,
    occurredAt: new Date(event.data.at),
    correlationId: occasion.correlationId,
    causationId: occasion.causationId,
  };
  switch (event.type) {
    case 'AlertOpened':
      return { ...envelope, type: event.type, data: facts };
    case 'AlertEscalated':
      return { ...envelope, type: event.type, data: { ...facts, before: event.data.before } };
    case 'AlertResolved': {
      const { how: resolution, note } = event.data;
      return { ...envelope, type: event.type, data: { ...facts, resolution, note } };
    }
    case 'AlertMuted': {
      const { until, note } = event.data;
      return {
        ...envelope,
        type: event.type,
        data: { ...facts, until: new Date(until).toISOString(), note },
      };
    }
    case 'AlertReopened':
    case 'AlertAcknowledged':
    case 'AlertUnmuted':
      return { ...envelope, type: event.type, data: { ...facts, note: event.data.note } };
  }
}

function factsOf(alert: Alert): AlertFacts {
  const { id: alertId, dedupKey, kind, title, subject, occurrences, lifecycle } = alert;
  return {
    alertId,
    dedupKey,
    kind,
    severity: lifecycle.severity,
    title,
    state: lifecycle.state ?? 'open',
    ...subject,
    occurrences,
  };
}
