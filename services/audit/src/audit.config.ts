import { clickHouseConfig } from '@portcullis/clickhouse';
import { defineConfig, eventLogConfig, fields } from '@portcullis/service';

export const auditConfig = defineConfig('Audit service', {
  batchWaitMs: {
    env: 'PORTCULLIS_AUDIT_BATCH_WAIT_MS',
    schema: fields.integer(300, 0, 10_000),
    doc: 'Longest time records wait for others to be stored with, in milliseconds. Longer: fewer, larger inserts; shorter: seen sooner in Lens.',
  },
  batchRecords: {
    env: 'PORTCULLIS_AUDIT_BATCH_RECORDS',
    schema: fields.integer(20_000, 1, 40_000),
    doc: 'Most rows stored by one insert.',
  },
  unknownGraceMs: {
    env: 'PORTCULLIS_AUDIT_UNKNOWN_GRACE_MS',
    schema: fields.integer(300_000, 1_000, 86_400_000),
    doc: 'How long after a call had to end its completion may still arrive, in milliseconds, before the call is shown with outcome `unknown`.',
  },
  sweepIntervalMs: {
    env: 'PORTCULLIS_AUDIT_SWEEP_INTERVAL_MS',
    schema: fields.integer(15_000, 100, 3_600_000),
    doc: 'How often calls without a completion are looked for, in milliseconds.',
  },
});

export const auditConfigSections = [clickHouseConfig, eventLogConfig, auditConfig] as const;
