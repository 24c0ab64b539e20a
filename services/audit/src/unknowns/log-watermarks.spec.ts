import type { PartitionPosition } from '@portcullis/eventlog';
import { beforeEach, describe, expect, it } from 'vitest';
import { LogWatermarks } from './log-watermarks.js';

const TOPIC = 'gateway.calls.v1';

describe('LogWatermarks', () => {
  let now: number;
  let start: bigint;
  let end: bigint;
  let committed: bigint | undefined;
  let watermarks: LogWatermarks;
  beforeEach(() => {
    now = 1000;
    start = 0n;
    end = 0n;
    committed = undefined;
    const log = {
      positions: async (topic: string): Promise<PartitionPosition[]> => [{ topic, partition: 0, start, end }],
      committed: async () => new Map(committed === undefined ? [] : [[0, committed]]),
    };
    watermarks = new LogWatermarks(log, 'audit.store', [TOPIC], () => now);
  });
  const look = async (at: number, endNow: bigint, committedNow: bigint | undefined) => {
    [now, end, committed] = [at, endNow, committedNow];
    await watermarks.refresh();
    return watermarks.watermark(TOPIC, 0);
  };

  it('knows nothing before it has looked', () => {
    expect(watermarks.watermark(TOPIC, 0)).toBeUndefined();
    expect(watermarks.partitions()).toEqual([]);
    expect(watermarks.asOf).toBeUndefined();
  });

  it('takes an empty log for stored', async () => {
    expect(await look(1000, 0n, undefined)).toBe(1000);
    expect(watermarks.totalLag()).toBe(0n);
  });

  it('has no watermark while nothing was ever committed', async () => {
    expect(await look(1000, 5n, undefined)).toBeUndefined();
    expect(watermarks.partitions()).toEqual([
      expect.objectContaining({ end: 5n, committed: undefined, lag: 5n }),
    ]);
  });

  it('reaches the moment it looked when all of it is stored', async () => {
    expect(await look(1000, 5n, 5n)).toBe(1000);
    expect(await look(2000, 5n, 5n)).toBe(2000);
  });

  it('stays at the mark it has proof for while more is appended than stored', async () => {
    expect(await look(1000, 10n, 4n)).toBeUndefined();
    expect(await look(2000, 20n, 9n)).toBeUndefined();
    expect(await look(3000, 30n, 12n)).toBe(1000);
    expect(await look(4000, 40n, 29n)).toBe(1000);
    expect(await look(5000, 50n, 30n)).toBe(3000);
    expect(watermarks.totalLag()).toBe(20n);
  });

  it('does not go back when the partition falls behind again', async () => {
    expect(await look(1000, 5n, 5n)).toBe(1000);
    expect(await look(2000, 9n, 5n)).toBe(1000);
  });

  it('counts from the first record still held', async () => {
    start = 7n;
    expect(await look(1000, 7n, undefined)).toBe(1000);
    expect(await look(2000, 9n, 3n)).toBe(1000);
    expect(watermarks.totalLag()).toBe(2n);
  });
});
