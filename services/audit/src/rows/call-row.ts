import {
  ARGUMENTS_RECORD_LIMIT,
  RESULT_RECORD_LIMIT,
  type CallCompleted,
  type CallDecided,
  type CallFacts,
  type CallRefused,
  type EventEnvelope,
} from '@portcullis/contracts';
import { emptyRow, ROW_VERSION, type AuditRow, type LogPosition } from './audit-row.js';
import { ATTRS_LIMIT, columnTime, finite, TEXT_LIMIT, timeOf, unsigned, uuidOf } from './bounded.js';
import { InvalidEvent } from './invalid-event.js';
import { placeRow } from './place-row.js';
import { retentionClassOf } from './retention-class.js';

/** Longest duration believed; a larger one would keep a call open for ever. */
const LONGEST_CALL_MS = 30 * 86_400_000;

export function completedRow(event: CallCompleted, at: LogPosition): AuditRow {
  const { data } = event;
  const row = factsRow(event, data, at);
  row.outcome = data.outcome;
  row.latency_ms = finite(data.latencyMs);
  row.upstream_ms = finite(data.upstreamMs);
  row.bytes_out = unsigned(data.bytesOut);
  row.error = cut(row, 'error', data.error ?? '');
  row.result = cut(row, 'result', data.result, RESULT_RECORD_LIMIT);
  row.result_digest = cut(row, 'result_digest', data.resultDigest ?? '');
  return row;
}

export function refusedRow(event: CallRefused, at: LogPosition): AuditRow {
  const row = factsRow(event, event.data, at);
  row.outcome = 'denied';
  row.latency_ms = finite(event.data.latencyMs);
  row.error = row.reason;
  return row;
}

/** The row a decided call gets when its completion never comes. */
export function unknownRow(event: CallDecided, at: LogPosition): AuditRow {
  const row = factsRow(event, event.data, at);
  row.row_version = ROW_VERSION.unknown;
  row.outcome = 'unknown';
  return row;
}

/** When a call must have ended, in milliseconds since the epoch. */
export function endsBy(facts: Pick<CallFacts, 'decidedAt' | 'maxDurationMs'>): number {
  return decidedAtOf(facts) + unsigned(facts.maxDurationMs, LONGEST_CALL_MS);
}

/** What every event of one request says alike: the row's key, its type and therefore its partition among it. */
function factsRow(event: EventEnvelope, facts: CallFacts, at: LogPosition): AuditRow {
  const row = emptyRow();
  placeRow(row, event, at);
  row.event_time = columnTime(decidedAtOf(facts));
  row.event_id = uuidOf(facts.requestId);
  row.type = rowType(facts.method);
  row.retention_class = retentionClassOf(row.type);
  row.method = cut(row, 'method', facts.method);
  if (facts.kind === 'tool') row.tool = cut(row, 'tool', facts.name);
  else if (facts.kind === 'resource') row.resource = cut(row, 'resource', facts.name, 8192);
  else if (facts.kind === 'prompt') row.prompt = cut(row, 'prompt', facts.name);
  row.decision = facts.decision;
  row.reason = cut(row, 'reason', facts.reason ?? '');
  row.rule = cut(row, 'rule', facts.rule ?? '');
  if (facts.policy) {
    row.policy = cut(row, 'policy', facts.policy.name);
    row.policy_id = cut(row, 'policy_id', facts.policy.id);
    row.revision = unsigned(facts.policy.revision, 0xffff_ffff);
  }
  if (facts.conditions.length > 0)
    row.conditions = cut(row, 'conditions', JSON.stringify(facts.conditions), ARGUMENTS_RECORD_LIMIT);
  if (facts.connection) {
    row.connection = cut(row, 'connection', facts.connection.slug);
    row.connection_id = cut(row, 'connection_id', facts.connection.id);
  }
  row.user = cut(row, 'user', facts.user ?? '');
  row.user_bound = facts.userBound ? 1 : 0;
  if (facts.key) {
    row.agent = cut(row, 'agent', facts.key.agent ?? '');
    row.key = cut(row, 'key', facts.key.label);
    row.key_id = cut(row, 'key_id', facts.key.id);
  }
  if (facts.client) row.client = cut(row, 'client', `${facts.client.name}/${facts.client.version}`);
  row.session = cut(row, 'session', facts.agentSession ?? '');
  row.protocol_session = cut(row, 'protocol_session', facts.protocolSession ?? '');
  row.trace = cut(row, 'trace', facts.traceId);
  row.traceparent = cut(row, 'traceparent', facts.traceparent ?? '');
  row.source_ip = cut(row, 'source_ip', facts.sourceIp);
  row.policy_ms = finite(facts.policyMs);
  row.bytes_in = unsigned(facts.bytesIn);
  row.args = cut(row, 'args', facts.arguments, ARGUMENTS_RECORD_LIMIT);
  row.args_digest = cut(row, 'args_digest', facts.argumentsDigest ?? '');
  row.metadata = metadataOf(facts.metadata);
  row.attrs = {
    ...row.attrs,
    audit: facts.audit,
    ...(facts.direction === 'server' ? { direction: 'server' } : {}),
  };
  return row;
}

const ROW_TYPES: Readonly<Record<string, string>> = {
  'tools/call': 'tool_call',
  'resources/read': 'resource_read',
  'prompts/get': 'prompt_get',
  'tools/list': 'list',
  'resources/list': 'list',
  'resources/templates/list': 'list',
  'prompts/list': 'list',
  initialize: 'initialize',
};

function rowType(method: string): string {
  return Object.hasOwn(ROW_TYPES, method) ? (ROW_TYPES[method] as string) : 'method';
}

function decidedAtOf(facts: Pick<CallFacts, 'decidedAt'>): number {
  const ms = timeOf(facts.decidedAt);
  if (ms === undefined)
    throw new InvalidEvent('audit.event_time', 'decidedAt is not a time between 2020 and 2100');
  return ms;
}

function cut(row: AuditRow, column: string, text: string, limit: number = TEXT_LIMIT): string {
  if (text.length <= limit) return text;
  const before = row.attrs['audit.cut'];
  row.attrs = { ...row.attrs, 'audit.cut': before === undefined ? column : `${before} ${column}` };
  return text.slice(0, limit);
}

function metadataOf(metadata: CallFacts['metadata']): Record<string, string> {
  const entries = Object.entries(metadata).slice(0, ATTRS_LIMIT.entries);
  const copy = Object.create(null) as Record<string, string>;
  for (const [key, value] of entries) copy[key.slice(0, ATTRS_LIMIT.key)] = String(value).slice(0, 8192);
  return copy;
}
