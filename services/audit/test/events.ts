import type {
  CallCompleted,
  CallDecided,
  CallFacts,
  CallRefused,
  EventEnvelope,
  RefusalsCounted,
} from '@portcullis/contracts';
import { callFacts as factsOf } from '@portcullis/testing/call-facts';

/** Events as producers write them, for tests and benches; every one differs by its number. */

/**
 * Yesterday at 05:06:07.089 UTC, when the calls here are decided. Not a fixed date: rows older than their retention
 * vanish from the table.
 */
export const DECIDED_AT =
  Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000 + ((5 * 60 + 6) * 60 + 7) * 1000 + 89;
export const iso = (ms: number) => new Date(ms).toISOString();
/** As the table shows it. */
export const shown = (ms: number) => iso(ms).replace('T', ' ').replace('Z', '');

const hex = (n: number, length: number) => n.toString(16).padStart(length, '0');

export const eventId = (n: number, kind = 0) => `0197c0de-${hex(kind, 4)}-7000-8000-${hex(n, 12)}`;

export function envelope<Type extends string, Data>(
  n: number,
  type: Type,
  data: Data,
  overrides: object = {},
) {
  return {
    id: eventId(n, 1),
    type,
    version: 1,
    tenantId: 'tenant-a',
    stream: `call-${n}`,
    position: -1,
    occurredAt: iso(DECIDED_AT + 801),
    actor: { type: 'api_key' as const, id: 'key-1', name: 'laptop' },
    correlationId: `correlation-${n}`,
    causationId: null,
    traceparent: null,
    gateway: { id: 'gateway-1', epoch: 'epoch-1', seq: n },
    data,
    ...overrides,
  };
}

export function callFacts(n: number, overrides: Partial<CallFacts> = {}): CallFacts {
  return factsOf({
    requestId: eventId(n),
    decidedAt: iso(DECIDED_AT),
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    metadata: { role: 'intern', level: 3, trial: false },
    ...overrides,
  });
}

export const decided = (n: number, facts: Partial<CallFacts> = {}): CallDecided =>
  envelope(n, 'CallDecided', callFacts(n, facts));

export const completed = (
  n: number,
  facts: Partial<CallFacts> = {},
  overrides: Partial<CallCompleted['data']> = {},
): CallCompleted =>
  envelope(
    n,
    'CallCompleted',
    {
      ...callFacts(n, facts),
      outcome: 'ok' as const,
      latencyMs: 12.5,
      upstreamMs: 10.25,
      bytesOut: 654,
      error: null,
      result: '{"content":[]}',
      resultDigest: 'b'.repeat(64),
      ...overrides,
    },
    { id: eventId(n, 2) },
  );

export const refused = (n: number, facts: Partial<CallFacts> = {}): CallRefused =>
  envelope(
    n,
    'CallRefused',
    {
      ...callFacts(n, { decision: 'deny', reason: 'policy.denied', rule: 'no destructive tools', ...facts }),
      latencyMs: 0.9,
    },
    { id: eventId(n, 3) },
  );

export const refusalsCounted = (n: number): RefusalsCounted =>
  envelope(
    n,
    'RefusalsCounted',
    {
      sourceIp: '203.0.113.9',
      slug: 'github',
      reason: 'auth.invalid',
      from: '2026-03-04T05:06:00.000Z',
      to: '2026-03-04T05:06:10.000Z',
      count: 1234,
    },
    { id: eventId(n, 4), tenantId: 'system', actor: { type: 'service', id: 'gateway' } },
  );

export const domainEvent = (n: number, type: string, data: unknown, overrides: object = {}): EventEnvelope =>
  envelope(n, type, data, {
    id: eventId(n, 5),
    stream: `stream-${n}`,
    position: n,
    actor: { type: 'user', id: 'member-1', name: 'ana@example.com' },
    gateway: undefined,
    ...overrides,
  });

export const bytesOf = (event: unknown): Uint8Array => Buffer.from(JSON.stringify(event));
