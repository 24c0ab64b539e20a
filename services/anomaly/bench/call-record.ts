import { createHash } from 'node:crypto';
import {
  callKey,
  TOPICS,
  type CallCompleted,
  type CallDecided,
  type CallFacts,
  type CallRefused,
} from '@portcullis/contracts';
import type { LogRecord } from '@portcullis/eventlog';
import { callFacts } from '@portcullis/testing/call-facts';
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

/** The end of a call, as a gateway publishes it and the log takes it. */
export function recordOf(draft: Draft, sequence: number): LogRecord {
  const { agent, at, latencyMs, refused } = draft;
  const facts = factsOf(draft, sequence);
  const envelope = envelopeOf(draft, sequence);
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
  return logged(event, agent, sequence, at + latencyMs + 20);
}

/** What a gateway publishes of a call before it sends it on. */
export function decidedRecordOf(draft: Draft, sequence: number): LogRecord {
  const { agent, at } = draft;
  const event: CallDecided = {
    ...envelopeOf({ ...draft, latencyMs: 0 }, sequence),
    type: 'CallDecided',
    data: factsOf(draft, sequence),
  };
  return logged(event, agent, sequence, at + 20);
}

function logged(
  event: CallDecided | CallCompleted | CallRefused,
  agent: Agent,
  sequence: number,
  timestamp: number,
): LogRecord {
  return {
    topic: TOPICS.calls.name,
    partition: 0,
    offset: BigInt(sequence),
    key: callKey(TENANT, agent.connection.id),
    type: event.type,
    value: Buffer.from(JSON.stringify(event)),
    timestamp,
  };
}

function envelopeOf({ agent, at, latencyMs }: Draft, sequence: number) {
  return {
    id: `0197c0de-0001-7000-8000-${hex(sequence, 12)}`,
    version: 1,
    tenantId: TENANT,
    stream: `call-0197c0de-0000-7000-8000-${hex(sequence, 12)}`,
    position: -1,
    occurredAt: new Date(at + latencyMs).toISOString(),
    actor: { type: 'api_key' as const, id: agent.keyId, name: agent.name },
    correlationId: `trace-${hex(sequence, 12)}`,
    causationId: null,
    traceparent: null,
    gateway: { id: 'gateway-1', epoch: 'epoch-1', seq: sequence },
  };
}

function factsOf({ agent, at, tool, refused, argument }: Draft, sequence: number): CallFacts {
  const args = JSON.stringify({ argument });
  return callFacts({
    requestId: `0197c0de-0000-7000-8000-${hex(sequence, 12)}`,
    decidedAt: new Date(at).toISOString(),
    name: tool,
    connection: { id: agent.connection.id, slug: agent.connection.slug },
    agentSession: `session-${agent.name}`,
    key: { id: agent.keyId, label: agent.name, agent: agent.name },
    user: null,
    userBound: false,
    traceId: `trace-${hex(sequence, 12)}`,
    decision: refused ? 'deny' : 'allow',
    reason: refused ? 'policy.denied' : null,
    arguments: args,
    argumentsDigest: createHash('sha256').update(args).digest('hex'),
  });
}
