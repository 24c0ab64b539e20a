import type { EventEnvelope, FindingSeverity } from '@portcullis/contracts';
import type { AuditRow, LogPosition } from './audit-row.js';
import { domainRow } from './domain-row.js';
import { retentionClassOf } from './retention-class.js';

/** What people filter findings by, whatever the event is called. */
export const FINDING_ROW_TYPE = 'anomaly';

const RISK: Readonly<Record<FindingSeverity, number>> = {
  info: 0.1,
  low: 0.3,
  medium: 0.5,
  high: 0.8,
  critical: 1,
};

/**
 * A finding of the anomaly service: the columns of the calls it is about, and in `attrs` its kind, severity, what was
 * observed and expected, and the Lens query that shows the calls.
 */
export function findingRow(event: EventEnvelope, at: LogPosition, raw: string): AuditRow {
  const row = domainRow(event, at, raw, true);
  row.type = FINDING_ROW_TYPE;
  row.retention_class = retentionClassOf(row.type);
  const severity = row.attrs['severity'] ?? '';
  if (Object.hasOwn(RISK, severity)) row.risk = RISK[severity as FindingSeverity];
  return row;
}
