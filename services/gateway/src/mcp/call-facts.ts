import { hash } from 'node:crypto';
import {
  ARGUMENTS_RECORD_LIMIT,
  RESULT_RECORD_LIMIT,
  type CallFacts,
  type Caller,
} from '@portcullis/contracts';
import type { Target } from '@portcullis/mcp';
import type { DecideAnswer } from '../ports.js';
import type { RequestHead } from './request-head.js';

/** Longest text of a method, name, client or user that goes into a record or a question whole. */
export const LONGEST_NAME = 8192;
const DEFAULT_MAX_DURATION_MS = 600_000;

export interface Asked {
  readonly requestId: string;
  readonly method: string;
  readonly target: Target;
  readonly direction: 'client' | 'server';
  readonly head: Pick<RequestHead, 'sourceIp' | 'traceId' | 'traceparent' | 'metadata' | 'user'>;
  readonly protocolSession: string | null;
  readonly client: CallFacts['client'];
  readonly argumentsBytes: Buffer | undefined;
  readonly bytesIn: number;
}

/** Who asked, as far as it is known when policy could not be. */
export interface KnownCaller {
  readonly caller: Caller;
  readonly connectionRef: { readonly id: string; readonly slug: string } | null;
  readonly agentSession: string | null;
}

export function factsOfDecision(
  asked: Asked,
  answer: DecideAnswer,
  policyMs: number,
  reason: string | null,
): CallFacts {
  return {
    ...factsOfRequest(asked),
    connection: answer.connectionRef,
    agentSession: answer.agentSession,
    ...identityOf(asked, answer.caller),
    decision: answer.decision,
    reason,
    rule: answer.rule,
    policy: answer.policy,
    conditions: answer.conditions,
    audit: answer.audit,
    policyMs: round(policyMs),
    maxDurationMs: answer.maxDurationMs,
  };
}

/** Facts of a request that was refused without asking policy, or because policy could not be asked. */
export function factsOfRefusal(
  asked: Asked,
  known: KnownCaller | undefined,
  policyMs: number,
  reason: string,
): CallFacts {
  return {
    ...factsOfRequest(asked),
    connection: known?.connectionRef ?? null,
    agentSession: known?.agentSession ?? null,
    ...identityOf(asked, known?.caller ?? null),
    decision: 'deny',
    reason,
    rule: null,
    policy: null,
    conditions: [],
    audit: 'buffered',
    policyMs: round(policyMs),
    maxDurationMs: DEFAULT_MAX_DURATION_MS,
  };
}

/** The result as it is recorded. */
export function recordedResult(result: Buffer | undefined): { result: string; resultDigest: string | null } {
  if (result === undefined) return NO_RESULT;
  return { result: cutText(result, RESULT_RECORD_LIMIT), resultDigest: hash('sha256', result) };
}

export function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

const NO_RESULT = { result: '', resultDigest: null };

function factsOfRequest(asked: Asked) {
  const { head, argumentsBytes } = asked;
  return {
    requestId: asked.requestId,
    decidedAt: new Date().toISOString(),
    method: asked.method,
    kind: asked.target.kind,
    name: asked.target.name,
    direction: asked.direction,
    protocolSession: asked.protocolSession,
    traceId: head.traceId,
    traceparent: head.traceparent,
    metadata: head.metadata,
    client: asked.client,
    sourceIp: head.sourceIp,
    arguments: argumentsBytes === undefined ? '' : cutText(argumentsBytes, ARGUMENTS_RECORD_LIMIT),
    argumentsDigest: argumentsBytes === undefined ? null : hash('sha256', argumentsBytes),
    bytesIn: asked.bytesIn,
  };
}

function identityOf(asked: Asked, caller: Caller | null) {
  return {
    key: caller === null ? null : caller.key,
    user: caller === null ? (asked.head.user ?? null) : caller.user,
    userBound: caller?.userBound ?? false,
  };
}

/** Cut between characters. */
function cutText(bytes: Buffer, limit: number): string {
  if (bytes.length <= limit) return bytes.toString('utf8');
  let end = limit;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
