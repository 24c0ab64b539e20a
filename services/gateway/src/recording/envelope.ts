import { CALL_EVENT_VERSION, type EventEnvelope, type GatewayCallEvent } from '@portcullis/contracts';
import type { Spool } from '../spool/spool.js';
import { newEventId } from './event-ids.js';

export type CallEventType = GatewayCallEvent['type'];
export type EnvelopeFacts = Pick<
  EventEnvelope,
  'tenantId' | 'stream' | 'occurredAt' | 'actor' | 'correlationId' | 'causationId' | 'traceparent'
>;

/**
 * The one place that completes an event of this gateway: its id, its version and the next number of this process. `data`
 * is JSON already. Synchronous, so that no other record can take the number in between. Returns the event's id.
 */
export function appendEvent(
  spool: Spool,
  key: string,
  type: CallEventType,
  facts: EnvelopeFacts,
  data: string,
  final = false,
): string {
  const id = newEventId();
  const { tenantId, stream, occurredAt, actor, correlationId, causationId, traceparent } = facts;
  const envelope = JSON.stringify({
    id,
    type,
    version: CALL_EVENT_VERSION,
    tenantId,
    stream,
    position: -1,
    occurredAt,
    actor,
    correlationId,
    causationId,
    traceparent,
    gateway: { id: spool.gatewayId, epoch: spool.epoch, seq: spool.nextSequence },
  });
  spool.append(type, key, `${envelope.slice(0, -1)},"data":${data}}`, final);
  return id;
}
