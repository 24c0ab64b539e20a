import type { FeedPosition } from './feed-position.js';
import type { FeedRecord } from './feed-record.js';

const MOST_RECORDS = 4_000;
const MOST_BYTES = 16 * 1024 * 1024;

/** What was read from the log last, so that a client that was away for a moment need not read the log again. */
export class RecentRecords {
  private records: FeedRecord[] = [];
  private bytes = 0;

  /** `from`: everything after it will be pushed. */
  constructor(private readonly from: Map<string, bigint>) {}

  push(record: FeedRecord): void {
    this.records.push(record);
    this.bytes += record.bytes;
    if (this.records.length > MOST_RECORDS || this.bytes > MOST_BYTES) this.forget();
  }

  /** Whether all that came after the position is here. */
  covers(position: FeedPosition): boolean {
    return [...this.from].every(([partition, offset]) => (position.get(partition) ?? -1n) >= offset);
  }

  after(position: FeedPosition): FeedRecord[] {
    return this.records.filter(({ partition, offset }) => offset > (position.get(partition) ?? -1n));
  }

  /** The older half, so that a full memory is not gone through with every record. */
  private forget(): void {
    const gone = this.records.slice(0, Math.ceil(this.records.length / 2));
    this.records = this.records.slice(gone.length);
    for (const { partition, offset, bytes } of gone) {
      this.bytes -= bytes;
      this.from.set(partition, offset);
    }
  }
}
