import { BaseRpcContext } from '@nestjs/microservices';
import type { LogBatch } from '@portcullis/eventlog';

/** Where a batch comes from: the second argument of a log consumer's handlers (`@Ctx()`). */
export class LogContext extends BaseRpcContext<[LogBatch]> {
  constructor(
    readonly group: string,
    batch: LogBatch,
  ) {
    super([batch]);
  }

  get topic(): string {
    return this.getArgByIndex(0).topic;
  }

  get partition(): number {
    return this.getArgByIndex(0).partition;
  }

  get firstOffset(): bigint {
    return this.getArgByIndex(0).records[0]!.offset;
  }

  get lastOffset(): bigint {
    return this.getArgByIndex(0).records.at(-1)!.offset;
  }

  /** Offset after the last record the log held when the batch was read. */
  get endOffset(): bigint {
    return this.getArgByIndex(0).endOffset;
  }
}
