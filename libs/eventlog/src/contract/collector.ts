import { expect, vi } from 'vitest';
import type { LogBatch, LogRecord } from '../event-log.js';
import { number } from './numbered-records.js';

/** A handler that keeps what it was given. */
export class Collector {
  readonly records: LogRecord[] = [];
  readonly batches: LogBatch[] = [];

  readonly onBatch = async (batch: LogBatch): Promise<void> => {
    this.batches.push(batch);
    for (const each of batch.records) this.records.push(each);
  };

  async reaches(count: number, timeout = 20_000): Promise<void> {
    await vi.waitFor(() => expect(this.records.length).toBeGreaterThanOrEqual(count), {
      timeout,
      interval: 10,
    });
  }

  of(key: string): LogRecord[] {
    return this.records.filter((r) => r.key === key);
  }

  numbers(key: string): number[] {
    return this.of(key).map(number);
  }

  distinct(): number {
    return new Set(this.records.map(number)).size;
  }

  distinctRecords(): number {
    return new Set(this.records.map((r) => `${r.topic}/${r.partition}/${r.offset}`)).size;
  }

  offsetsRise(): boolean {
    const last = new Map<number, bigint>();
    return this.records.every(({ partition, offset }) => {
      const rises = offset > (last.get(partition) ?? -1n);
      last.set(partition, offset);
      return rises;
    });
  }
}
