import { CALL_EVENT_VERSION, type EventEnvelope } from '@portcullis/contracts';
import type { LogRecord } from '@portcullis/eventlog';
import { findingSignal } from '../signals/finding-signal.js';
import { InvalidEvent } from '../signals/invalid-event.js';
import { KILL_SWITCH_TYPES, policyChangeSignal } from '../signals/kill-switch-signal.js';
import { policyAlertSignal } from '../signals/policy-alert-signal.js';
import { readEnvelope, readJson } from '../signals/read-envelope.js';
import type { ReadRecord } from './reading.js';

/** Everything on the topic of findings is for this service: what it does not know is a defect. */
export const readFinding: ReadRecord = (record) => {
  const event = readEnvelope(record.value);
  return { signal: findingSignal(event), identity: { eventId: event.id } };
};

/**
 * A call has one `CallDecided`, before it is forwarded; its completion repeats the decision. The topic is the busiest of
 * all, so only what was decided with an alert is looked at closely.
 */
export const readCall: ReadRecord = (record) => {
  if (record.type !== 'CallDecided' || !isAlert(readJson(record.value))) return null;
  const event = readEnvelope(record.value);
  if (event.version !== CALL_EVENT_VERSION) throw unknownVersion(event);
  const signal = policyAlertSignal(event);
  const { gateway } = event;
  return {
    signal,
    identity: gateway ? { gateway, partition: record.partition } : { eventId: event.id },
  };
};

export const readPolicyChange: ReadRecord = (record: LogRecord, slugs) => {
  if (!KILL_SWITCH_TYPES.has(record.type)) return null;
  const event = readEnvelope(record.value);
  if (event.version !== 1 || event.type !== record.type) throw unknownVersion(event);
  return { signal: policyChangeSignal(event, slugs), identity: { eventId: event.id } };
};

function isAlert(event: unknown): boolean {
  const { data } = (event ?? {}) as { data?: { decision?: unknown } | null };
  return data?.decision === 'alert';
}

function unknownVersion({ version }: EventEnvelope): InvalidEvent {
  return new InvalidEvent('notification.unknown_type', `version ${version} of the event is not known`);
}
