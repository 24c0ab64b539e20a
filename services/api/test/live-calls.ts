import { callKey, TOPICS, type CallCompleted } from '@portcullis/contracts';
import type { NewLogRecord } from '@portcullis/eventlog';

export interface LiveCallOptions {
  readonly tenantId?: string;
  readonly id: string;
  readonly connection?: string;
  readonly tool?: string;
  readonly decision?: CallCompleted['data']['decision'];
  readonly args?: string;
}

/** A completed call as the gateway's sender appends it. */
export function liveCall({
  tenantId = 'acme',
  id,
  connection = 'github',
  tool = 'search',
  decision = 'allow',
  args = '{"path":"/etc/secret"}',
}: LiveCallOptions): NewLogRecord {
  const data: CallCompleted['data'] = {
    requestId: id, decidedAt: '2026-01-01T12:00:00.000Z', method: 'tools/call', kind: 'tool', name: tool, direction: 'client',
    connection: { id: `connection-${connection}`, slug: connection }, agentSession: 'session-1', protocolSession: null,
    key: { id: 'key-1', label: 'laptop', agent: 'coder' }, user: 'ana@example.com', userBound: false, traceId: 'ig_trace_1', traceparent: null,
    metadata: { team: 'data' }, client: { name: 'test', version: '1' }, sourceIp: '10.1.2.3', decision, reason: null, rule: 'the rest', policy: null,
    conditions: [], audit: 'buffered', arguments: args, argumentsDigest: null, bytesIn: 10, policyMs: 1, maxDurationMs: 600_000,
    outcome: 'ok', latencyMs: 5, upstreamMs: 3, bytesOut: 20, error: null, result: 'secret result', resultDigest: null,
  }; // prettier-ignore
  return record(
    TOPICS.calls.name,
    callKey(tenantId, `connection-${connection}`),
    'CallCompleted',
    tenantId,
    data,
  );
}

export function killSwitchEngaged(tenantId: string, id: string): NewLogRecord {
  const data = { killSwitchId: id, scope: 'organization', target: null, mode: 'stop', reason: 'drill' };
  return record(TOPICS.policyChanges.name, `kill-switch-${id}`, 'KillSwitchEngaged', tenantId, data);
}

export function findingRaised(tenantId: string, id: string): NewLogRecord {
  const at = '2026-01-01T12:00:00.000Z';
  const data = {
    findingId: id, kind: 'rate_spike', detectorVersion: 1, severity: 'high', title: 'many calls', connection: { id: 'c', slug: 'github' }, agent: null, key: null,
    session: null, user: null, tool: null, observed: { value: 150, unit: 'calls', detail: {} }, expected: { value: 15, threshold: 46, detail: {} },
    window: { from: at, to: at }, lensQuery: { q: 'connection:github', from: at, to: at }, evidence: [], dedupKey: 'k', suppressed: 0,
  }; // prettier-ignore
  return record(TOPICS.anomalyFindings.name, `${tenantId}:c`, 'FindingRaised', tenantId, data);
}

export function alertOpened(tenantId: string, alertId: string): NewLogRecord {
  const data = {
    alertId, dedupKey: 'k', kind: 'rate_spike', severity: 'high', title: 'many calls', state: 'open', connection: { id: 'c', slug: 'github' },
    agent: null, user: null, session: null, key: null, tool: null, rule: null, occurrences: 1,
  }; // prettier-ignore
  return record(TOPICS.notificationDeliveries.name, `alert-${alertId}`, 'AlertOpened', tenantId, data);
}

function record(
  topic: string,
  key: string,
  type: string,
  tenantId: string,
  data: object & { requestId?: string },
): NewLogRecord {
  const event = {
    id: data.requestId ?? 'event-1', type, version: 1, tenantId, stream: 's', position: -1, occurredAt: '2026-01-01T12:00:00.000Z',
    actor: { type: 'service', id: 'test' }, correlationId: 'c', causationId: null, traceparent: null, data,
  }; // prettier-ignore
  return { topic, key, type, value: Buffer.from(JSON.stringify(event)) };
}
