import { ANOMALY_EVENT_VERSION, findingRaisedDataSchema, type EventEnvelope } from '@portcullis/contracts';
import { InvalidEvent } from './invalid-event.js';
import { storable, titleOf } from './plain-text.js';
import { readData, readTime } from './read-envelope.js';
import type { Firing } from '../alerts/signal.js';

/** Findings are alerts as they are: kind, severity and dedup key are the detector's. */
export function findingSignal(event: EventEnvelope): Firing {
  if (event.type !== 'FindingRaised' || event.version !== ANOMALY_EVENT_VERSION) {
    throw new InvalidEvent('notification.unknown_type', 'not a finding this build knows');
  }
  const data = readData(findingRaisedDataSchema, event.data);
  const text = (value: string | null) => value && storable(value);
  const at = readTime(event.occurredAt);
  return {
    type: 'firing',
    tenantId: storable(event.tenantId),
    dedupKey: storable(data.dedupKey),
    kind: storable(data.kind),
    severity: data.severity,
    title: titleOf(data.title),
    subject: {
      connection: data.connection && {
        id: storable(data.connection.id),
        slug: storable(data.connection.slug),
      },
      agent: text(data.agent),
      user: text(data.user),
      session: text(data.session),
      key: data.key && { id: storable(data.key.id), label: storable(data.key.label) },
      tool: text(data.tool),
      rule: null,
    },
    evidence: {
      observed: { ...data.observed, threshold: null },
      expected: { ...data.expected, unit: data.observed.unit },
      lens: data.lensQuery,
      requests: data.evidence,
      trace: event.correlationId,
      killSwitch: null,
    },
    occurrences: 1,
    firstAt: at,
    lastAt: at,
    cause: { id: event.id, correlationId: event.correlationId },
  };
}
