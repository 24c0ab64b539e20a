import { createHash } from 'node:crypto';
import { callKey, TOPICS, type CallCompleted, type CallFacts, type CallRefused } from '@portcullis/contracts';
import type { LogRecord, NewLogRecord } from '@portcullis/eventlog';
import { callFacts as factsOf } from '@portcullis/testing/call-facts';
import type { CallSeen } from '../src/calls/call-seen.js';

/** Calls as detectors see them, and as gateways publish them. */

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Wednesday, midnight. */
export const START = Date.UTC(2026, 2, 4);

const hex = (n: number, length: number) => n.toString(16).padStart(length, '0');
export const requestId = (n: number) => `0197c0de-0000-7000-8000-${hex(n, 12)}`;
export const iso = (ms: number) => new Date(ms).toISOString();
export const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');

let made = 0;

/** A call of `create_issue` on `github` by `coder`, allowed and answered. Every one has an id of its own. */
export function call(at: number, overrides: Partial<CallSeen> = {}): CallSeen {
  made += 1;
  return {
    eventId: requestId(made),
    tenantId: 'tenant-a',
    requestId: requestId(made),
    at,
    decidedAt: at,
    loggedAt: at + 20,
    method: 'tools/call',
    kind: 'tool',
    name: 'create_issue',
    direction: 'client',
    connection: { id: 'connection-1', slug: 'github' },
    session: 'session-1',
    agent: 'coder',
    key: { id: 'key-1', label: 'laptop' },
    user: 'ana@example.com',
    outcome: 'ok',
    reason: null,
    error: null,
    argumentsDigest: digestOf(String(made)),
    traceId: 'ig_trace_1',
    traceparent: null,
    gateway: null,
    ...overrides,
  };
}

export function denied(at: number, overrides: Partial<CallSeen> = {}): CallSeen {
  return call(at, { outcome: 'denied', reason: 'policy.denied', error: 'policy.denied', ...overrides });
}

/** `count` calls, evenly over `[from, to)`. */
export function spread(
  count: number,
  from: number,
  to: number,
  overrides: Partial<CallSeen> = {},
): CallSeen[] {
  return Array.from({ length: count }, (_, index) =>
    call(Math.floor(from + (index * (to - from)) / count), overrides),
  );
}

export function callFacts(n: number, at: number, overrides: Partial<CallFacts> = {}): CallFacts {
  return factsOf({
    requestId: requestId(n),
    decidedAt: iso(at),
    argumentsDigest: digestOf(String(n)),
    ...overrides,
  });
}

function envelope<Type extends string, Data>(n: number, type: Type, at: number, data: Data) {
  return {
    id: `0197c0de-0001-7000-8000-${hex(n, 12)}`,
    type,
    version: 1,
    tenantId: 'tenant-a',
    stream: `call-${n}`,
    position: -1,
    occurredAt: iso(at + 10),
    actor: { type: 'api_key' as const, id: 'key-1', name: 'laptop' },
    correlationId: `correlation-${n}`,
    causationId: null,
    traceparent: null,
    gateway: { id: 'gateway-1', epoch: 'epoch-1', seq: n },
    data,
  };
}

export function completed(n: number, at: number, facts: Partial<CallFacts> = {}): CallCompleted {
  return envelope(n, 'CallCompleted', at, {
    ...callFacts(n, at, facts),
    outcome: 'ok' as const,
    latencyMs: 12.5,
    upstreamMs: 10.25,
    bytesOut: 654,
    error: null,
    result: '{"content":[]}',
    resultDigest: digestOf('result'),
  });
}

export function refused(n: number, at: number, facts: Partial<CallFacts> = {}): CallRefused {
  return envelope(n, 'CallRefused', at, {
    ...callFacts(n, at, { decision: 'deny', reason: 'policy.denied', ...facts }),
    latencyMs: 0.9,
  });
}

type CallEvent = CallCompleted | CallRefused;

export function newRecord(event: CallEvent): NewLogRecord {
  return {
    topic: TOPICS.calls.name,
    key: callKey(event.tenantId, event.data.connection?.id ?? null),
    type: event.type,
    value: Buffer.from(JSON.stringify(event)),
  };
}

/** As the log would hand it over, taken 20 ms after the decision. */
export function logged(
  event: CallEvent,
  offset: number,
  timestamp = Date.parse(event.data.decidedAt) + 20,
): LogRecord {
  return { ...newRecord(event), partition: 0, offset: BigInt(offset), timestamp };
}
