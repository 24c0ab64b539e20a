import { createHash } from 'node:crypto';
import { callKey, TOPICS, type CallCompleted, type CallRefused } from '@portcullis/contracts';
import type { LogRecord } from '@portcullis/eventlog';
import type { CallSeen } from '../src/calls/call-seen.js';
import type { Agent } from './population.js';

/** A call before it is an event. */
export interface Draft {
  readonly agent: Agent;
  readonly at: number;
  readonly latencyMs: number;
  readonly tool: string;
  readonly refused: boolean;
  /** Calls with one argument are the same call. */
  readonly argument: number;
}

const TENANT = 'tenant-a';
const hex = (n: number, length: number) => n.toString(16).padStart(length, '0');

/** As detectors see it. */
export function callOf({ agent, at, latencyMs, tool, refused, argument }: Draft, sequence: number): CallSeen {
  const id = hex(sequence, 12);
  return {
    eventId: `0197c0de-0001-7000-8000-${id}`,
    tenantId: TENANT,
    requestId: `0197c0de-0000-7000-8000-${id}`,
    at,
    decidedAt: at,
    loggedAt: at + latencyMs + 20,
    method: 'tools/call',
    kind: 'tool',
    name: tool,
    direction: 'client',
    connection: { id: agent.connection.id, slug: agent.connection.slug },
    session: `session-${agent.name}`,
    agent: agent.name,
    key: { id: agent.keyId, label: agent.name },
    user: null,
    outcome: refused ? 'denied' : 'ok',
    reason: refused ? 'policy.denied' : null,
    error: refused ? 'policy.denied' : null,
    argumentsDigest: String(argument),
    traceId: `trace-${id}`,
    traceparent: null,
    gateway: null,
  };
}

/** As a gateway publishes it and the log takes it. */
export function recordOf(
  { agent, at, latencyMs, tool, refused, argument }: Draft,
  sequence: number,
): LogRecord {
  const requestId = `0197c0de-0000-7000-8000-${hex(sequence, 12)}`;
  const args = JSON.stringify({ argument });
  const facts = {
    requestId,
    decidedAt: new Date(at).toISOString(),
    method: 'tools/call',
    kind: 'tool' as const,
    name: tool,
    direction: 'client' as const,
    connection: { id: agent.connection.id, slug: agent.connection.slug },
    agentSession: `session-${agent.name}`,
    protocolSession: null,
    key: { id: agent.keyId, label: agent.name, agent: agent.name },
    user: null,
    userBound: false,
    traceId: `trace-${hex(sequence, 12)}`,
    traceparent: null,
    metadata: {},
    client: { name: 'bench', version: '1' },
    sourceIp: '10.0.0.7',
    decision: refused ? ('deny' as const) : ('allow' as const),
    reason: refused ? 'policy.denied' : null,
    rule: 'rule',
    policy: { id: 'policy-1', name: 'policy', revision: 1 },
    conditions: [],
    audit: 'buffered' as const,
    arguments: args,
    argumentsDigest: createHash('sha256').update(args).digest('hex'),
    bytesIn: 300,
    policyMs: 0.4,
    maxDurationMs: 600_000,
  };
  const envelope = {
    id: `0197c0de-0001-7000-8000-${hex(sequence, 12)}`,
    version: 1,
    tenantId: TENANT,
    stream: `call-${requestId}`,
    position: -1,
    occurredAt: new Date(at + latencyMs).toISOString(),
    actor: { type: 'api_key' as const, id: agent.keyId, name: agent.name },
    correlationId: facts.traceId,
    causationId: null,
    traceparent: null,
    gateway: { id: 'gateway-1', epoch: 'epoch-1', seq: sequence },
  };
  const event: CallCompleted | CallRefused = refused
    ? { ...envelope, type: 'CallRefused', data: { ...facts, latencyMs } }
    : {
        ...envelope,
        type: 'CallCompleted',
        data: {
          ...facts, outcome: 'ok', latencyMs, upstreamMs: latencyMs, bytesOut: 500, error: null,
          result: '{"content":[]}', resultDigest: null,
        },
      }; // prettier-ignore
  return {
    topic: TOPICS.calls.name,
    partition: 0,
    offset: BigInt(sequence),
    key: callKey(TENANT, agent.connection.id),
    type: event.type,
    value: Buffer.from(JSON.stringify(event)),
    timestamp: at + latencyMs + 20,
  };
}
