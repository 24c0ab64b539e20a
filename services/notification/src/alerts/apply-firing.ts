import type { Firing } from './signal.js';
import { mergeEvidence } from './merge-firings.js';
import { alertDecider, type AlertEvent } from './alert.decider.js';
import { isFiring, type Alert, type Lifecycle } from './alert.js';

/** An alert and what happened to it; `before` is null when it is new. */
export interface AlertChange {
  readonly before: Alert | null;
  readonly after: Alert;
  readonly events: readonly AlertEvent[];
}

export interface FiringContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Id of the alert when it is new. */
  readonly newId: () => string;
  /** How long a kind has to be quiet before it resolves by itself; null: it never does. */
  readonly quietMs: (kind: string) => number | null;
}

/** What a firing makes of its alert. */
export function applyFiring(before: Alert | null, firing: Firing, context: FiringContext): AlertChange {
  const { now, newId, quietMs } = context;
  const life = before?.lifecycle ?? alertDecider.initialState;
  const events = alertDecider.decide({ type: 'Fire', at: now, severity: firing.severity }, life);
  const quiet = quietMs(firing.kind);
  const goesOn = before !== null && isFiring(life);
  const after: Alert = {
    id: before?.id ?? newId(),
    tenantId: firing.tenantId,
    dedupKey: firing.dedupKey,
    kind: firing.kind,
    title: firing.title,
    subject: firing.subject,
    evidence: goesOn ? mergeEvidence(before.evidence, firing.evidence) : firing.evidence,
    occurrences: (before?.occurrences ?? 0) + firing.occurrences,
    firstSeenAt: Math.min(before?.firstSeenAt ?? Infinity, firing.firstAt),
    lastSeenAt: Math.max(before?.lastSeenAt ?? 0, firing.lastAt),
    heardAt: now,
    // By this clock: what comes late, after an outage, is not resolved before anybody was told.
    quietAt: quiet === null ? null : now + quiet,
    lifecycle: evolved(life, events),
  };
  return { before, after, events };
}

/** What a command makes of an alert; undefined when nothing happens. */
export function applyCommand(
  before: Alert,
  command: Parameters<typeof alertDecider.decide>[0],
): AlertChange | undefined {
  const events = alertDecider.decide(command, before.lifecycle);
  if (events.length === 0) return undefined;
  const lifecycle = evolved(before.lifecycle, events);
  const reopened = !isFiring(before.lifecycle) && isFiring(lifecycle);
  const quietAt = !isFiring(lifecycle) || reopened ? null : before.quietAt;
  return { before, after: { ...before, lifecycle, quietAt }, events };
}

function evolved(life: Lifecycle, events: readonly AlertEvent[]): Lifecycle {
  return events.reduce((state, event) => alertDecider.evolve(state, event), life);
}
