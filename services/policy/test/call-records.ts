import { TOPICS, type CallFacts } from '@portcullis/contracts';
import type { LogBatch, LogRecord } from '@portcullis/eventlog';
import { callFacts } from '@portcullis/testing/call-facts';

export interface CallSample extends Partial<
  Pick<CallFacts, 'connection' | 'key' | 'agentSession' | 'user' | 'kind' | 'name' | 'decidedAt'>
> {
  readonly type?: 'CallDecided' | 'CallRefused' | 'CallCompleted';
  readonly tenantId?: string;
  readonly gateway?: { id: string; epoch: string; seq: number } | null;
}

let seq = 0;

export function callRecord(sample: CallSample, offset = 0n, partition = 0): LogRecord {
  const {
    type = 'CallDecided',
    tenantId = 'tenant-1',
    gateway = { id: 'gateway-1', epoch: 'epoch-1', seq: (seq += 1) },
    ...facts
  } = sample;
  const data = callFacts({
    requestId: 'request-1',
    decidedAt: '2026-03-02T10:00:00.000Z',
    name: 'search',
    connection: { id: 'con-1', slug: 'github' },
    key: { id: 'key-1', label: 'CI', agent: 'builder' },
    user: null,
    ...facts,
  });
  const envelope = {
    id: 'event-1',
    type,
    version: 1,
    tenantId,
    stream: 'call',
    position: -1,
    occurredAt: data.decidedAt,
    actor: { type: 'agent', id: 'key-1' },
    correlationId: 't',
    causationId: null,
    traceparent: null,
    ...(gateway ? { gateway } : {}),
    data,
  };
  return {
    topic: TOPICS.calls.name,
    partition,
    offset,
    key: `${tenantId}:con-1`,
    type,
    timestamp: 0,
    value: new TextEncoder().encode(JSON.stringify(envelope)),
  };
}

export function batchOf(records: readonly LogRecord[], partition = 0): LogBatch {
  return { topic: TOPICS.calls.name, partition, records, endOffset: BigInt(records.length) };
}

export function callBatch(samples: readonly CallSample[], partition = 0): LogBatch {
  return batchOf(
    samples.map((sample, index) => callRecord(sample, BigInt(index), partition)),
    partition,
  );
}
