import type { LogBatch, LogRecord } from '@portcullis/eventlog';
import type { AuditTables, PartitionKey } from './audit-tables.js';
import { digestOf } from './dead-letter.js';

/** Whether a record is stored already, as the row of this id or as a dead letter. */
export type IsStored = (record: LogRecord, id?: string) => boolean;

/**
 * Which records of a batch are in a table already. The tables are asked after an assignment and after whatever
 * interrupted a batch, until the offsets are past everything that was stored then; not in between.
 */
export class StoredOffsets {
  /** For each log partition the offset expected next, and up to where offsets may be stored. */
  private readonly known = new Map<string, { next: bigint; horizon: bigint }>();

  constructor(private readonly tables: Pick<AuditTables, 'storedHorizon' | 'storedIds'>) {}

  /** The batch must end with `stored`; whatever else happens to it, the next one asks anew. */
  async before(batch: LogBatch): Promise<{ isStored: IsStored; stored: () => void }> {
    const { topic, partition } = batch;
    const place = `${topic}/${partition}`;
    const first = (batch.records[0] as LogRecord).offset;
    const last = (batch.records.at(-1) as LogRecord).offset;
    const known = this.known.get(place);
    this.known.delete(place);
    const follows = known?.next === first;
    const horizon = follows
      ? known.horizon
      : ((await this.tables.storedHorizon({ topic, partition, from: first })) ?? -1n);
    return {
      isStored: first <= horizon ? await this.lookUp({ topic, partition }, first, last) : () => false,
      stored: () => void this.known.set(place, { next: last + 1n, horizon }),
    };
  }

  /** The partition was assigned anew: what is stored of it may be another member's work. */
  forget({ topic, partition }: PartitionKey): void {
    this.known.delete(`${topic}/${partition}`);
  }

  private async lookUp(at: PartitionKey, first: bigint, last: bigint): Promise<IsStored> {
    const ids = await this.tables.storedIds({ ...at, first, last });
    return (record, id) => {
      const found = ids.get(record.offset.toString());
      if (found === undefined) return false;
      return (id !== undefined && found.has(id)) || found.has(digestOf(record.value));
    };
  }
}
