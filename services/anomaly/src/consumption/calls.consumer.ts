import { Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CONSUMER_GROUPS, TOPICS } from '@portcullis/contracts';
import type { LogBatch } from '@portcullis/eventlog';
import { LogConsumer } from '@portcullis/service';
import { WatchedPartitions } from './watched-partitions.js';

/** The consumer group whose offsets say up to where findings are in the log. */
export const ANOMALY_GROUP = CONSUMER_GROUPS.anomaly.name;

/** Limits of one batch: large enough that reading and committing cost little, small enough to be handled at once. */
export const CALLS_BATCH = { maxBatchRecords: 2_000, maxBatchBytes: 8 * 1024 * 1024 } as const;

/** Returning commits the batch: its findings are in the log by then. */
@LogConsumer()
export class CallsConsumer {
  constructor(@Inject(WatchedPartitions) private readonly partitions: WatchedPartitions) {}

  @EventPattern(TOPICS.calls.name)
  async onCalls(@Payload() batch: LogBatch): Promise<void> {
    await this.partitions.handle(batch);
  }
}
