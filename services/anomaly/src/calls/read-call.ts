import {
  CALL_EVENT_VERSION,
  callCompletedDataSchema,
  callFactsSchema,
  envelopeSchema,
  type CallFacts,
  type GatewayCallEvent,
  type GatewaySequence,
  type Outcome,
} from '@portcullis/contracts';
import type { LogRecord } from '@portcullis/eventlog';
import type { z } from 'zod';
import type { CallSeen } from './call-seen.js';

/** A record that can never be understood. Its message names the place, never a value. */
export class UnreadableCall extends Error {
  override readonly name = 'UnreadableCall';
}

/** Longest name of a tool, agent, user or session that detectors tell apart. */
export const NAME_LIMIT = 256;
/** The log's clock and a gateway's may differ by this much; a call from further ahead counts as of when it was logged. */
export const CLOCK_SKEW_MS = 60_000;

const EARLIEST = Date.UTC(2020, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

const TERMINAL: ReadonlySet<string> = new Set<GatewayCallEvent['type']>(['CallRefused', 'CallCompleted']);

// Only what detectors use is checked: a fact they have no use for must not blind them.
const envelope = envelopeSchema.pick({
  id: true, type: true, version: true, tenantId: true, traceparent: true, gateway: true, data: true,
}); // prettier-ignore
const facts = callFactsSchema.pick({
  requestId: true, decidedAt: true, method: true, kind: true, name: true, direction: true, connection: true,
  agentSession: true, key: true, user: true, reason: true, argumentsDigest: true, traceId: true,
}); // prettier-ignore
const end = callCompletedDataSchema.pick({ outcome: true, error: true });

/** The request that ended with this record; undefined for records that end none. */
export function readCall(record: LogRecord): CallSeen | undefined {
  if (!TERMINAL.has(record.type)) return undefined;
  const event = checked(envelope, parse(record.value));
  if (event.type !== record.type) throw new UnreadableCall('the event is not of the type its record names');
  if (event.version !== CALL_EVENT_VERSION) throw new UnreadableCall(`version ${event.version}`);
  const call = checked(facts, event.data);
  if (event.type === 'CallRefused') {
    return seen(record, event, call, { outcome: 'denied', error: call.reason });
  }
  return seen(record, event, call, checked(end, event.data));
}

function seen(
  record: LogRecord,
  event: {
    id: string;
    tenantId: string;
    traceparent: string | null;
    gateway?: GatewaySequence | undefined;
  },
  call: Pick<CallFacts, keyof typeof facts.shape>,
  { outcome, error }: { outcome: Outcome; error: string | null },
): CallSeen {
  const decidedAt = timeOf(call.decidedAt);
  const ahead = decidedAt > record.timestamp + CLOCK_SKEW_MS;
  return {
    eventId: event.id,
    tenantId: event.tenantId,
    requestId: id(call.requestId, 'requestId'),
    at: ahead ? record.timestamp : decidedAt,
    decidedAt,
    loggedAt: record.timestamp,
    method: call.method,
    kind: call.kind,
    name: cut(call.name),
    direction: call.direction,
    connection: call.connection && {
      id: id(call.connection.id, 'connection.id'),
      slug: cut(call.connection.slug),
    },
    session: cutOrNull(call.agentSession),
    agent: cutOrNull(call.key?.agent ?? null),
    key: call.key && { id: id(call.key.id, 'key.id'), label: cut(call.key.label) },
    user: cutOrNull(call.user),
    outcome,
    reason: call.reason,
    error,
    argumentsDigest: call.argumentsDigest,
    traceId: cut(call.traceId),
    traceparent: event.traceparent,
    gateway: event.gateway ?? null,
  };
}

function parse(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
  } catch {
    throw new UnreadableCall('the record is not JSON');
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UnreadableCall(`${issue?.path.map(String).join('.').slice(0, 200)}: ${issue?.code}`);
}

function timeOf(text: string): number {
  const ms = Date.parse(text);
  if (ms >= EARLIEST && ms < LATEST) return ms;
  throw new UnreadableCall('decidedAt is not a time between 2020 and 2100');
}

function id(text: string, place: string): string {
  if (text.length > 0 && text.length <= 64) return text;
  throw new UnreadableCall(`${place}: not 1 to 64 characters`);
}

function cut(text: string): string {
  if (text.length <= NAME_LIMIT) return text;
  // Half a surrogate pair is no character.
  return text.slice(0, NAME_LIMIT).replace(/[\uD800-\uDBFF]$/, '');
}

function cutOrNull(text: string | null): string | null {
  return text === null ? null : cut(text);
}
