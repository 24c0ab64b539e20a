import { Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@portcullis/contracts';
import type { LogBatch } from '@portcullis/eventlog';
import { LogConsumer } from '@portcullis/service';
import { SessionRecords } from './session-records.js';

/** Group `policy.sessions`: what calls say of sessions and keys. */
@LogConsumer()
export class CallsConsumer {
  constructor(@Inject(SessionRecords) private readonly records: SessionRecords) {}

  @EventPattern(TOPICS.calls.name)
  async take(@Payload() batch: LogBatch): Promise<void> {
    await this.records.take(batch);
  }
}
