import { hash } from 'node:crypto';
import {
  ARGUMENTS_RECORD_LIMIT,
  DECIDE_ARGUMENTS_LIMIT,
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

/** Text of arguments for policy; undefined when there are none, or more than it takes. */
export function textForPolicy(argumentsBytes: Buffer | undefined): string | undefined {
  const fits = argumentsBytes !== undefined && argumentsBytes.length <= DECIDE_ARGUMENTS_LIMIT;
  return fits ? argumentsBytes.toString('utf8') : undefined;
}

export interface Asked {
  readonly requestId: string;
  readonly method: string;
  readonly target: Target;
  readonly direction: 'client' | 'server';
  /** Of the request it came in, or whose answer it came with. */
  readonly head: RequestHead;
  readonly protocolSession: string | null;
  readonly client: CallFacts['client'];
  readonly argumentsBytes: Buffer | undefined;
  /** The same as text, where it is short enough for policy. */
  readonly argumentsText: string | undefined;
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
  return facts(asked, answer, policyMs, reason);
}

/** Facts of a request that was refused without asking policy, or because policy could not be asked. */
export function factsOfRefusal(
  asked: Asked,
  known: KnownCaller | undefined,
  policyMs: number,
  reason: string,
): CallFacts {
  return facts(asked, { ...UNDECIDED, ...known }, policyMs, reason);
}

/** The result as it is recorded. */
export function recordedResult(result: Buffer | undefined): { result: string; resultDigest: string | null } {
  if (result === undefined) return NO_RESULT;
  return { result: cutText(result, RESULT_RECORD_LIMIT), resultDigest: hash('sha256', result) };
}

export function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

export const NO_RESULT = { result: '', resultDigest: null };

const UNDECIDED = {
  caller: null,
  connectionRef: null,
  agentSession: null,
  decision: 'deny',
  rule: null,
  policy: null,
  conditions: [],
  severity: undefined,
  audit: 'buffered',
  maxDurationMs: DEFAULT_MAX_DURATION_MS,
} satisfies Decided;

type Decided = Pick<
  DecideAnswer,
  | 'caller'
  | 'connectionRef'
  | 'agentSession'
  | 'decision'
  | 'rule'
  | 'policy'
  | 'conditions'
  | 'severity'
  | 'audit'
  | 'maxDurationMs'
>;

/** One literal: every call makes one. */
function facts(asked: Asked, decided: Decided, policyMs: number, reason: string | null): CallFacts {
  const { head, target, argumentsBytes } = asked;
  const { caller } = decided;
  return {
    requestId: asked.requestId,
    decidedAt: new Date().toISOString(),
    method: asked.method,
    kind: target.kind,
    name: target.name,
    direction: asked.direction,
    connection: decided.connectionRef,
    agentSession: decided.agentSession,
    protocolSession: asked.protocolSession,
    key: caller === null ? null : caller.key,
    user: caller === null ? (head.user ?? null) : caller.user,
    userBound: caller !== null && caller.userBound,
    traceId: head.traceId,
    traceparent: head.traceparent,
    metadata: head.metadata,
    client: asked.client,
    sourceIp: head.sourceIp,
    decision: decided.decision,
    reason,
    rule: decided.rule,
    policy: decided.policy,
    conditions: decided.conditions,
    severity: decided.severity,
    audit: decided.audit,
    arguments: recordedArguments(asked),
    argumentsDigest: argumentsBytes === undefined ? null : hash('sha256', argumentsBytes),
    bytesIn: asked.bytesIn,
    policyMs: round(policyMs),
    maxDurationMs: decided.maxDurationMs,
  };
}

function recordedArguments({ argumentsBytes, argumentsText }: Asked): string {
  if (argumentsBytes === undefined) return '';
  const short = argumentsText !== undefined && argumentsBytes.length <= ARGUMENTS_RECORD_LIMIT;
  return short ? argumentsText : cutText(argumentsBytes, ARGUMENTS_RECORD_LIMIT);
}

/** Cut between characters. */
function cutText(bytes: Buffer, limit: number): string {
  if (bytes.length <= limit) return bytes.toString('utf8');
  let end = limit;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
