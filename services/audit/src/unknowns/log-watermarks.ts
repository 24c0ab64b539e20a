import type { EventLog } from '@portcullis/eventlog';

export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  readonly end: bigint;
  /** Undefined until the group has committed for the first time. */
  readonly committed: bigint | undefined;
  readonly lag: bigint;
}

interface Watched extends PartitionProgress {
  /** Everything appended before `at` lies below `end`. */
  mark: { at: number; end: bigint };
  /** Everything appended before this time has been stored. */
  watermark: number | undefined;
}

/** How far this service's group is behind the log, seen from the log itself: the same for every replica. */
export class LogWatermarks {
  private watched = new Map<string, Watched>();
  private refreshedAt: number | undefined;

  constructor(
    private readonly log: Pick<EventLog, 'positions' | 'committed'>,
    private readonly group: string,
    private readonly topics: readonly string[],
    private readonly now: () => number = Date.now,
  ) {}

  async refresh(): Promise<void> {
    const next = new Map<string, Watched>();
    for (const topic of this.topics) {
      // Before the positions are read: what is appended meanwhile belongs to the next mark.
      const at = this.now();
      const positions = await this.log.positions(topic);
      const committed = await this.log.committed(this.group, topic);
      for (const { partition, start, end } of positions) {
        const key = `${topic}/${partition}`;
        next.set(
          key,
          watch(
            { topic, partition, start, end, at, committed: committed.get(partition) },
            this.watched.get(key),
          ),
        );
      }
    }
    this.watched = next;
    this.refreshedAt = this.now();
  }

  partitions(): readonly PartitionProgress[] {
    return [...this.watched.values()];
  }

  /** Everything appended to the partition before this time is stored; undefined while that is not known. */
  watermark(topic: string, partition: number): number | undefined {
    return this.watched.get(`${topic}/${partition}`)?.watermark;
  }

  totalLag(): bigint {
    return this.partitions().reduce((sum, { lag }) => sum + lag, 0n);
  }

  /** When the figures were read; undefined before the first time. */
  get asOf(): number | undefined {
    return this.refreshedAt;
  }
}

interface Observation {
  topic: string;
  partition: number;
  start: bigint;
  end: bigint;
  at: number;
  committed: bigint | undefined;
}

function watch(
  { topic, partition, start, end, at, committed }: Observation,
  before: Watched | undefined,
): Watched {
  // A log whose first record is gone, or that never had one, has nothing below `start` left to store.
  const done = committed === undefined || committed < start ? start : committed;
  let mark = before?.mark ?? { at, end };
  let watermark = before?.watermark;
  if (done >= mark.end) {
    watermark = mark.at;
    mark = { at, end };
    if (done >= end) watermark = at;
  }
  return { topic, partition, end, committed, lag: end > done ? end - done : 0n, mark, watermark };
}
