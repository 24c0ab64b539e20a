import type { EventEnvelope, RefusalsCounted } from '@portcullis/contracts';
import { emptyRow, type AuditRow, type LogPosition } from './audit-row.js';
import { columnTime, leavesOf, TEXT_LIMIT, timeOf, unsigned, uuidOf } from './bounded.js';
import { InvalidEvent } from './invalid-event.js';
import { placeRow } from './place-row.js';
import { retentionClassOf } from './retention-class.js';

/** Leaves of a domain event's data that calls have columns for: one filter then finds both. */
const COLUMN_OF = {
  slug: 'connection',
  'connection.slug': 'connection',
  connectionId: 'connection_id',
  'connection.id': 'connection_id',
  policyId: 'policy_id',
  rule: 'rule',
  keyId: 'key_id',
  'key.id': 'key_id',
  label: 'key',
  'key.label': 'key',
  sessionId: 'session',
  session: 'session',
  agent: 'agent',
  user: 'user',
  tool: 'tool',
  reason: 'reason',
  sourceIp: 'source_ip',
} as const satisfies Record<string, keyof AuditRow>;

/** Any event that is not a call: who did it, the leaves of its data, and the event itself as it came. */
export function domainRow(event: EventEnvelope, at: LogPosition, raw: string, known: boolean): AuditRow {
  const row = baseRow(event, at);
  row.type = snakeCase(event.type);
  row.retention_class = retentionClassOf(row.type);
  row.trace = event.correlationId;
  row.traceparent = event.traceparent ?? '';
  if (event.actor.type === 'user') row.user = event.actor.name ?? event.actor.id;
  const leaves = leavesOf(event.data);
  for (const [path, column] of Object.entries(COLUMN_OF)) {
    const value = leaves[path];
    if (value !== undefined) row[column] = value;
  }
  if (row.policy_id !== '' && leaves['version'] !== undefined) {
    row.revision = unsigned(Number(leaves['version']), 0xffff_ffff);
  }
  if (!known) leaves['audit.unknown_type'] = 'true';
  row.attrs = leaves;
  row.raw = raw;
  return row;
}

/** Callers nobody could identify: one row for each source and 10 seconds. */
export function refusalsRow(event: RefusalsCounted, at: LogPosition, raw: string): AuditRow {
  const row = baseRow(event, at);
  row.type = 'refusals';
  row.retention_class = retentionClassOf(row.type);
  row.decision = 'deny';
  row.outcome = 'denied';
  row.reason = event.data.reason.slice(0, TEXT_LIMIT);
  row.error = row.reason;
  row.source_ip = event.data.sourceIp.slice(0, TEXT_LIMIT);
  row.attrs = leavesOf(event.data);
  row.raw = raw;
  return row;
}

function baseRow(event: EventEnvelope, at: LogPosition): AuditRow {
  const ms = timeOf(event.occurredAt);
  if (ms === undefined)
    throw new InvalidEvent('audit.event_time', 'occurredAt is not a time between 2020 and 2100');
  const row = emptyRow();
  placeRow(row, event, at);
  row.event_time = columnTime(ms);
  row.event_id = uuidOf(event.id);
  row.actor = `${event.actor.type}:${event.actor.id}`;
  return row;
}

/** `ApiKeyRevoked` -> `api_key_revoked`. */
export function snakeCase(type: string): string {
  return type
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
