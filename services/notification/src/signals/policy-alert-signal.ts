import { createHash } from 'node:crypto';
import { callFactsSchema, type CallFacts, type EventEnvelope } from '@portcullis/contracts';
import { lensFilter } from './lens-filter.js';
import { inText, storable, titleOf } from './plain-text.js';
import { readData, readTime } from './read-envelope.js';
import type { Firing } from '../alerts/signal.js';

/**
 * A call that a rule let through with an alert, or the organization's default where no rule matched. One alert for each
 * rule and connection: whose call it was is in the evidence.
 */
export function policyAlertSignal(event: EventEnvelope): Firing {
  const call = readData(callFactsSchema, event.data);
  const at = readTime(call.decidedAt);
  const connection = call.connection && {
    id: storable(call.connection.id),
    slug: storable(call.connection.slug),
  };
  const where = connection === null ? '(no connection)' : inText(connection.slug);
  const { rule } = call;
  return {
    type: 'firing',
    tenantId: storable(event.tenantId),
    dedupKey: storable(dedupKeyOf(call)),
    kind: 'policy_alert',
    // The default without a rule is what an organization rolls out with.
    severity: rule === null ? 'low' : (call.severity ?? 'medium'),
    title: titleOf(
      rule === null
        ? `Calls on ${where} match no rule and pass by default`
        : `Rule "${inText(rule)}" lets calls on ${where} pass with an alert`,
    ),
    subject: {
      connection,
      agent: null,
      user: null,
      session: null,
      key: null,
      tool: null,
      rule: rule && storable(rule),
    },
    evidence: {
      observed: null,
      expected: null,
      lens: {
        q: lensFilter({ decision: 'alert', connection: connection?.slug ?? null, rule }),
        from: new Date(at).toISOString(),
        to: new Date(at + 1).toISOString(),
      },
      requests: [call.requestId],
      trace: call.traceId,
      killSwitch: null,
    },
    occurrences: 1,
    firstAt: at,
    lastAt: at,
    cause: { id: event.id, correlationId: event.correlationId },
  };
}

function dedupKeyOf({ policy, rule, connection }: CallFacts): string {
  const name = rule === null ? '-' : createHash('sha256').update(rule).digest('hex').slice(0, 24);
  return `policy_alert:${policy?.id ?? '-'}:${name}:${connection?.id ?? '-'}`;
}
