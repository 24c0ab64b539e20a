import { createHash } from 'node:crypto';
import {
  ANOMALY_EVENT_VERSION,
  callKey,
  FINDING_EVIDENCE_LIMIT,
  TOPICS,
  type FindingRaised,
} from '@portcullis/contracts';
import { uuidV7 } from '@portcullis/eventing';
import type { NewLogRecord } from '@portcullis/eventlog';
import type { Finding } from './finding.js';
import { titleOf } from './plain-text.js';

/**
 * The published event. Everything in it comes from the calls, its id and its time too: reading the same calls again gives
 * the same bytes.
 */
export function findingEvent(finding: Finding): FindingRaised {
  const { cause, kind, window, subject, personal } = finding;
  const findingId = idOf(finding);
  // A gateway whose clock is ahead has its calls in Lens at times that have not come yet.
  const to = Math.max(window.to, cause.decidedAt + 1);
  return {
    id: findingId,
    type: 'FindingRaised',
    version: ANOMALY_EVENT_VERSION,
    tenantId: cause.tenantId,
    stream: `finding-${findingId}`,
    position: -1,
    occurredAt: iso(cause.at),
    actor: { type: 'service', id: 'anomaly' },
    correlationId: cause.traceId,
    causationId: cause.eventId,
    traceparent: cause.traceparent,
    data: {
      findingId,
      kind,
      detectorVersion: finding.version,
      severity: finding.severity,
      title: titleOf(finding.title),
      connection: cause.connection,
      agent: personal ? cause.agent : null,
      key: personal ? cause.key : null,
      session: personal ? cause.session : null,
      user: personal ? cause.user : null,
      tool: finding.tool,
      observed: finding.observed,
      expected: finding.expected,
      window: { from: iso(window.from), to: iso(to) },
      lensQuery: {
        q: finding.lensQuery.q,
        from: iso(finding.lensQuery.from),
        to: iso(Math.max(finding.lensQuery.to, to)),
      },
      evidence: finding.evidence.slice(-FINDING_EVIDENCE_LIMIT),
      dedupKey: `${kind}:${cause.connection?.id ?? '-'}:${digest(subject).subarray(0, 12).toString('hex')}`,
      suppressed: finding.suppressed,
    },
  };
}

/** Findings of a connection keep the order of its calls. */
export function findingRecord(event: FindingRaised): NewLogRecord {
  return {
    topic: TOPICS.anomalyFindings.name,
    key: callKey(event.tenantId, event.data.connection?.id ?? null),
    type: event.type,
    value: Buffer.from(JSON.stringify(event)),
  };
}

function idOf({ kind, version, subject, window, cause }: Finding): string {
  const about = [cause.tenantId, kind, version, cause.connection?.id ?? null, subject, window.from];
  return uuidV7(window.from, digest(JSON.stringify(about)));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
