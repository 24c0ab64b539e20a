import { Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CONSUMER_GROUPS, TOPICS } from '@portcullis/contracts';
import type { LogBatch } from '@portcullis/eventlog';
import { LogConsumer } from '@portcullis/service';
import { AlertIntake } from './alert-intake.js';
import type { ReadRecord } from './reading.js';
import { readCall, readFinding, readPolicyChange } from './read-records.js';

export const ALERTS_GROUP = CONSUMER_GROUPS.notification.name;

/** What alerts are made of. */
export const ALERT_READERS: ReadonlyMap<string, ReadRecord> = new Map([
  [TOPICS.anomalyFindings.name, readFinding],
  [TOPICS.calls.name, readCall],
  [TOPICS.policyChanges.name, readPolicyChange],
]);

/** Most that one log partition brings at once: bounds a transaction. */
export const ALERTS_BATCH = { maxBatchRecords: 1_000, maxBatchBytes: 4 * 1024 * 1024 } as const;

@LogConsumer()
export class AlertsConsumer {
  constructor(@Inject(AlertIntake) private readonly intake: AlertIntake) {}

  @EventPattern([...ALERT_READERS.keys()])
  async onBatch(@Payload() batch: LogBatch): Promise<void> {
    await this.intake.take(batch);
  }
}
