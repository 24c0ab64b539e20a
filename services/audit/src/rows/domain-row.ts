import type { EventEnvelope, RefusalsCounted } from '@portcullis/contracts';
import { emptyRow, type AuditRow, type LogPosition } from './audit-row.js';
import { columnTime, leavesOf, TEXT_LIMIT, timeOf, unsigned, uuidOf } from './bounded.js';
import { InvalidEvent } from './invalid-event.js';
import { placeRow } from './place-row.js';
import { retentionClassOf } from './retention-class.js';

/** Facts of a domain event that calls have columns for, by their name in `data`: one filter then finds both. */
const COLUMN_OF = {
  slug: 'connection',
  connection: 'connection',
  connectionId: 'connection_id',
  policyId: 'policy_id',
  rule: 'rule',
  keyId: 'key_id',
  sessionId: 'session',
  agent: 'agent',
  reason: 'reason',
  tool: 'tool',
} as const satisfies Record<string, keyof AuditRow>;

/** Any event that is not a call: who did it, the leaves of its data, and the event itself as it came. */
export function domainRow(event: EventEnvelope, at: LogPosition, raw: string, known: boolean): AuditRow {
  const row = baseRow(event, at);
  row.type = snakeCase(event.type);
  row.retention_class = retentionClassOf(row.type);
  row.trace = event.correlationId;
  row.traceparent = event.traceparent ?? '';
  if (event.actor.type === 'user') row.user = event.actor.name ?? event.actor.id;
  const data =
    typeof event.data === 'object' && event.data !== null ? (event.data as Record<string, unknown>) : {};
  for (const [field, column] of Object.entries(COLUMN_OF)) {
    const value = Object.hasOwn(data, field) ? data[field] : undefined;
    if (typeof value === 'string') row[column] = value.slice(0, TEXT_LIMIT);
  }
  if (typeof data['version'] === 'number' && row.policy_id !== '')
    row.revision = unsigned(data['version'], 0xffff_ffff);
  row.attrs = leavesOf(event.data);
  if (!known) (row.attrs as Record<string, string>)['audit.unknown_type'] = 'true';
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
