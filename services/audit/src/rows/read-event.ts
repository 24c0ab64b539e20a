import {
  ANOMALY_EVENT_VERSION,
  anomalyFindingSchemas,
  API_ACTIVITY_VERSION,
  apiActivitySchemas,
  CALL_EVENT_VERSION,
  envelopeSchema,
  gatewayCallSchemas,
  NOTIFICATION_EVENT_VERSION,
  notificationDeliverySchemas,
  policyEventSchemas,
  type CallCompleted,
  type CallDecided,
  type CallRefused,
  type EventEnvelope,
  type RefusalsCounted,
} from '@portcullis/contracts';
import type { z } from 'zod';
import type { AuditRow, LogPosition } from './audit-row.js';
import { completedRow, endsBy, refusedRow, unknownRow } from './call-row.js';
import { domainRow, refusalsRow } from './domain-row.js';
import { findingRow } from './finding-row.js';
import { InvalidEvent } from './invalid-event.js';

/** What a record of the log means for the tables. */
export type AuditFact =
  /** A row. `completes`: it ends a call that had to end by then. */
  | { readonly kind: 'row'; readonly row: AuditRow; readonly completes?: { readonly endsBy: number } }
  /** A decided call: the row it gets should no terminal event come. */
  | { readonly kind: 'pending'; readonly row: AuditRow; readonly endsBy: number };

/** Largest record made into a row; the log itself takes no larger one. */
export const RECORD_LIMIT = 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads one record. Throws `InvalidEvent` for what can never become a row; pure otherwise. */
export function readEvent(value: Uint8Array, at: LogPosition): AuditFact {
  if (value.byteLength > RECORD_LIMIT) throw new InvalidEvent('audit.too_large', `${value.byteLength} bytes`);
  const text = decode(value);
  const envelope = envelopeSchema.safeParse(parse(text));
  if (!envelope.success) throw new InvalidEvent('audit.invalid_envelope', placesOf(envelope.error));
  return auditFact(envelope.data as EventEnvelope, at, text);
}

/** The pure mapping from an event to what is stored of it. */
export function auditFact(event: EventEnvelope, at: LogPosition, raw: string): AuditFact {
  if (Object.hasOwn(gatewayCallSchemas, event.type) && event.version === CALL_EVENT_VERSION) {
    return callFact(event, at, raw);
  }
  if (Object.hasOwn(anomalyFindingSchemas, event.type) && event.version === ANOMALY_EVENT_VERSION) {
    return { kind: 'row', row: findingRow(event, at, raw) };
  }
  // A type or version this build does not know is kept whole and flagged, never dropped.
  const known =
    (Object.hasOwn(policyEventSchemas, event.type) && event.version === 1) ||
    (Object.hasOwn(apiActivitySchemas, event.type) && event.version === API_ACTIVITY_VERSION) ||
    (Object.hasOwn(notificationDeliverySchemas, event.type) && event.version === NOTIFICATION_EVENT_VERSION);
  return { kind: 'row', row: domainRow(event, at, raw, known) };
}

function callFact(event: EventEnvelope, at: LogPosition, raw: string): AuditFact {
  const type = event.type as keyof typeof gatewayCallSchemas;
  const data = gatewayCallSchemas[type].safeParse(event.data);
  if (!data.success) throw new InvalidEvent('audit.invalid_data', placesOf(data.error));
  const checked = { ...event, data: data.data } as unknown;
  switch (type) {
    case 'CallDecided': {
      const decided = checked as CallDecided;
      return { kind: 'pending', row: unknownRow(decided, at), endsBy: endsBy(decided.data) };
    }
    case 'CallCompleted': {
      const completed = checked as CallCompleted;
      return { kind: 'row', row: completedRow(completed, at), completes: { endsBy: endsBy(completed.data) } };
    }
    case 'CallRefused':
      return { kind: 'row', row: refusedRow(checked as CallRefused, at) };
    case 'RefusalsCounted':
      return { kind: 'row', row: refusalsRow(checked as RefusalsCounted, at, raw) };
  }
}

function decode(value: Uint8Array): string {
  try {
    return utf8.decode(value);
  } catch (cause) {
    throw new InvalidEvent('audit.invalid_utf8', 'the record is not UTF-8', { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidEvent('audit.invalid_json', 'the record is not JSON', { cause });
  }
}

/** Where the event is wrong, without what it says there. */
function placesOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.').slice(0, 200) || '(root)'}: ${issue.code}`)
    .join(', ');
}
