import { PART, argumentsPart, methodTraits, partOf, targetOf, type RpcMessage } from '@portcullis/mcp';
import type { DecideAnswer, PolicyClient, RecordedCall } from '../ports.js';
import { newEventId } from '../recording/event-ids.js';
import { LONGEST_NAME, factsOfDecision, textForPolicy, type Asked } from './call-facts.js';
import type { Exchange } from './exchange.js';
import { decideQuestion } from './policy-questions.js';
import { Refusal, refusalOfDecision } from './refusal.js';
import { refusedRequest, type Refusing } from './refusing.js';
import type { RequestHead } from './request-head.js';

/** What policy is asked about where there is no session to decide in: allowed to whoever may be here at all. */
const METHOD = 'notifications/portcullis/session_unknown';
const NO_TARGET = { kind: 'method', name: '' } as const;

/**
 * Requests in a session that is not there (any more), or not the caller's. Whether it exists is told only to who could
 * use it: credential, connection and kill switch come first (contract section 1, "Order"). What rules say comes after
 * the session, so that a client learns to begin a new one.
 */
export class UnknownSessions {
  constructor(
    private readonly policy: PolicyClient,
    private readonly refusing: Refusing,
  ) {}

  async post(
    exchange: Exchange,
    head: RequestHead,
    message: RpcMessage,
    bytesIn: number,
    receivedAt: number,
  ): Promise<void> {
    const { refusal, record, errorProfile } = await this.refusalOf(askedBy(head, message, bytesIn));
    const refused = refusedRequest(head, message, errorProfile);
    if (record !== undefined)
      return this.refusing.decided(exchange, head, record, refused, refusal, receivedAt);
    this.refusing.unidentified(exchange, head, message, refusal);
  }

  /** What such a request is answered with, named on record as it was asked. */
  async refusalOf(asked: Asked): Promise<{
    refusal: Refusal;
    /** Undefined when nobody could be identified. */
    record: RecordedCall | undefined;
    errorProfile: DecideAnswer['errorProfile'] | undefined;
  }> {
    const askedAt = performance.now();
    let decision: DecideAnswer;
    try {
      decision = await this.policy.decide(decideQuestion(neutral(asked)));
    } catch {
      return { refusal: new Refusal('policy.unavailable'), record: undefined, errorProfile: undefined };
    }
    const { caller, errorProfile } = decision;
    const ahead = refusalOfDecision(decision, asked.requestId);
    const refusal =
      ahead === undefined || ahead.reason === 'policy.denied' ? new Refusal('session.not_found') : ahead;
    if (caller === null) return { refusal, record: undefined, errorProfile };
    const facts = factsOfDecision(asked, decision, performance.now() - askedAt, refusal.reason);
    return { refusal, record: { tenantId: caller.tenantId, facts }, errorProfile };
  }
}

/** Whether the caller may be here at all, which depends on nothing in the message. */
function neutral(asked: Asked): Asked {
  return { ...asked, method: METHOD, target: NO_TARGET, argumentsBytes: undefined, argumentsText: undefined };
}

function askedBy(head: RequestHead, message: RpcMessage, bytesIn: number): Asked {
  const call = message.kind === 'call' ? message : undefined;
  const traits = call && methodTraits(call.method);
  const target = traits && targetOf(traits, call.params);
  const part = traits && argumentsPart(traits);
  const argumentsBytes = part === undefined ? undefined : partOf(message, PART[part]);
  return {
    requestId: newEventId(),
    method: call?.method ?? METHOD,
    target: target === undefined || target.name.length > LONGEST_NAME ? NO_TARGET : target,
    direction: 'client',
    head,
    protocolSession: null,
    client: null,
    argumentsBytes,
    argumentsText: textForPolicy(argumentsBytes),
    bytesIn,
  };
}
