import type { CallFacts } from '@portcullis/contracts';
import type { DecideQuestion, FilterQuestion } from '../ports.js';
import type { Asked } from './call-facts.js';
import type { RequestHead } from './request-head.js';

/** Who asks, the same for calls and lists. */
export function callerQuestion(
  requestId: string,
  head: RequestHead,
  protocolSession: string | null,
  client: CallFacts['client'],
): Omit<FilterQuestion, 'kind' | 'items'> {
  return {
    requestId,
    credential: { type: head.credential, digest: head.digest },
    slug: head.slug,
    user: head.user,
    traceId: head.traceId,
    metadata: head.metadata,
    protocolSession: protocolSession ?? undefined,
    client: client ?? undefined,
    sourceIp: head.sourceIp,
  };
}

/** Everything a decision depends on, in one question. Long arguments stay here, and policy is told so. */
export function decideQuestion(asked: Asked): DecideQuestion {
  const { argumentsBytes, argumentsText } = asked;
  return {
    ...callerQuestion(asked.requestId, asked.head, asked.protocolSession, asked.client),
    method: asked.method,
    target: asked.target,
    direction: asked.direction,
    argumentsJson: argumentsText,
    argumentsOmitted: argumentsBytes !== undefined && argumentsText === undefined ? true : undefined,
  };
}
