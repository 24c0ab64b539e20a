import type { EventEnvelope } from '@portcullis/contracts';
import type { AuditRow, LogPosition } from './audit-row.js';
import { unsigned } from './bounded.js';

/** What the envelope and the log say of any row. */
export function placeRow(row: AuditRow, event: EventEnvelope, at: LogPosition): void {
  row.tenant_id = event.tenantId;
  row.log_topic = at.topic;
  row.log_partition = at.partition;
  row.log_offset = at.offset.toString();
  row.schema_version = unsigned(event.version, 255);
  if (event.gateway) {
    row.gateway_id = event.gateway.id;
    row.gateway_epoch = event.gateway.epoch;
    row.gateway_seq = unsigned(event.gateway.seq);
  }
}
