import { Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@portcullis/contracts';
import type { LogBatch } from '@portcullis/eventlog';
import { LogConsumer } from '@portcullis/service';
import { SessionRecords } from './session-records.js';

/** A batch is a transaction of five statements, and nobody waits for what it says: rather few and large. */
export const CALLS_BATCH = { maxBatchRecords: 2_000, maxWaitMs: 250 } as const;

/** Group `policy.sessions`: what calls say of sessions and keys. */
@LogConsumer()
export class CallsConsumer {
  constructor(@Inject(SessionRecords) private readonly records: SessionRecords) {}

  @EventPattern(TOPICS.calls.name)
  async take(@Payload() batch: LogBatch): Promise<void> {
    await this.records.take(batch);
  }
}
