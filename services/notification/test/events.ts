import {
  callKey,
  TOPICS,
  type CallFacts,
  type EventEnvelope,
  type FindingRaisedData,
} from '@portcullis/contracts';
import { uuidV7 } from '@portcullis/eventing';
import type { LogBatch, LogRecord, NewLogRecord } from '@portcullis/eventlog';
import { callFacts } from '@portcullis/testing/call-facts';

export const START = Date.UTC(2026, 2, 4, 9);
export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

let next = 0;
export function someId(): string {
  next += 1;
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, next);
  return uuidV7(START, random);
}

function envelope<Data>(
  type: string,
  data: Data,
  overrides: Partial<EventEnvelope>,
): EventEnvelope<string, Data> {
  const id = someId();
  return {
    id,
    type,
    version: 1,
    tenantId: 'acme',
    stream: `test-${id}`,
    position: -1,
    occurredAt: new Date(START).toISOString(),
    actor: { type: 'service', id: 'test' },
    correlationId: 'ig_trace_1',
    causationId: null,
    traceparent: null,
    ...overrides,
    data,
  };
}

export function finding(
  data: Partial<FindingRaisedData> = {},
  overrides: Partial<EventEnvelope> = {},
): EventEnvelope<string, FindingRaisedData> {
  const at = overrides.occurredAt ?? new Date(START).toISOString();
  return envelope(
    'FindingRaised',
    {
      findingId: someId(),
      kind: 'rate_spike',
      detectorVersion: 1,
      severity: 'medium',
      title: 'github is called 10 times as often as in the hour before',
      connection: { id: 'c1', slug: 'github' },
      agent: null,
      key: null,
      session: null,
      user: null,
      tool: null,
      observed: { value: 200, unit: 'calls', detail: {} },
      expected: { value: 20, threshold: 60, detail: { multiplier: 3 } },
      window: { from: at, to: at },
      lensQuery: { q: 'connection:github', from: at, to: at },
      evidence: ['r1'],
      dedupKey: 'rate_spike:c1:0',
      suppressed: 0,
      ...data,
    },
    overrides,
  );
}

export function call(
  data: Partial<CallFacts> = {},
  overrides: Partial<EventEnvelope> = {},
): EventEnvelope<string, CallFacts> {
  return envelope(
    overrides.type ?? 'CallDecided',
    callFacts({
      requestId: someId(),
      decidedAt: new Date(START).toISOString(),
      name: 'refund',
      connection: { id: 'c1', slug: 'github' },
      agentSession: 's1',
      key: { id: 'k1', label: 'laptop', agent: 'coder' },
      decision: 'alert',
      rule: 'refunds',
      policy: { id: 'p1', name: 'money', revision: 3 },
      ...data,
    }),
    overrides,
  );
}

export function killSwitchEngaged(killSwitchId: string, data: object = {}): EventEnvelope {
  return envelope(
    'KillSwitchEngaged',
    { killSwitchId, scope: 'connection', target: 'c1', mode: 'stop', reason: 'leak', ...data },
    { actor: { type: 'user', id: 'u1', name: 'Ana' }, stream: `kill-switch-${killSwitchId}`, position: 1 },
  );
}

export function killSwitchReleased(killSwitchId: string): EventEnvelope {
  return envelope(
    'KillSwitchReleased',
    { killSwitchId, scope: 'connection', target: 'c1' },
    { actor: { type: 'user', id: 'u2', name: 'Ben' }, stream: `kill-switch-${killSwitchId}`, position: 2 },
  );
}

export function connectionCreated(connectionId: string, slug: string): EventEnvelope {
  const settings = {
    slug,
    name: slug,
    upstreamUrl: 'https://example.com',
    authType: 'none',
    authHeaderName: null,
    identity: { mode: 'none' },
    errorProfile: 'auto',
  };
  return envelope('ConnectionCreated', { connectionId, secretId: null, ...settings }, { position: 1 });
}

export function topicOf(event: EventEnvelope): string {
  if (event.type === 'FindingRaised') return TOPICS.anomalyFindings.name;
  return event.type.startsWith('Call') ? TOPICS.calls.name : TOPICS.policyChanges.name;
}

export function newRecord(event: EventEnvelope): NewLogRecord {
  const { connection } = event.data as { connection?: { id: string } | null };
  return {
    topic: topicOf(event),
    key: callKey(event.tenantId, connection?.id ?? null),
    type: event.type,
    value: Buffer.from(JSON.stringify(event)),
  };
}

export function logRecord(event: EventEnvelope, offset = 0n, partition = 0): LogRecord {
  return { ...newRecord(event), partition, offset, timestamp: START };
}

/** A batch as the log would hand it over: one topic, offsets from `from` on. */
export function batchOf(events: readonly EventEnvelope[], from = 0n): LogBatch {
  const records = events.map((event, index) => logRecord(event, from + BigInt(index)));
  return { topic: records[0]!.topic, partition: 0, records, endOffset: from + BigInt(records.length) };
}
