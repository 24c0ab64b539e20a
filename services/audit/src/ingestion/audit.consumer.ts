import { Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CONSUMER_GROUPS } from '@portcullis/contracts';
import type { LogBatch } from '@portcullis/eventlog';
import { LogConsumer } from '@portcullis/service';
import { BatchWriter } from './batch-writer.js';

/** The consumer group whose offsets say what is stored. */
export const AUDIT_GROUP = CONSUMER_GROUPS.audit.name;

/** Every topic there is; a new one in the contracts is stored without a change here. */
export const AUDITED_TOPICS = CONSUMER_GROUPS.audit.topics;

/** Most that one log partition brings at once; what several bring is stored together. Bounds memory. */
export const BATCH_LIMITS = { maxBatchRecords: 5_000, maxBatchBytes: 4 * 1024 * 1024 } as const;

/** Returning commits the batch: everything in it is stored by then. */
@LogConsumer()
export class AuditConsumer {
  constructor(@Inject(BatchWriter) private readonly writer: BatchWriter) {}

  @EventPattern(AUDITED_TOPICS)
  async onBatch(@Payload() batch: LogBatch): Promise<void> {
    await this.writer.write(batch);
  }
}
