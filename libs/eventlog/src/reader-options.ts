import type { Subscription, TailOptions } from './event-log.js';
import type { Head } from './next-batch.js';
import type { BatchLimits } from './partition-worker.js';

export function batchLimits(
  options: Pick<Subscription, 'maxBatchRecords' | 'maxBatchBytes' | 'maxWaitMs'>,
): BatchLimits {
  return {
    maxRecords: Math.max(1, Math.floor(options.maxBatchRecords ?? 500)),
    maxBytes: Math.max(1, Math.floor(options.maxBatchBytes ?? 4 * 1024 * 1024)),
    maxWaitMs: Math.max(0, Math.floor(options.maxWaitMs ?? 0)),
  };
}

/** An error listener that throws must not end the reader that reports to it. */
export function errorReporter(options: { onError?: (error: unknown) => void }): (error: unknown) => void {
  return (error) => {
    try {
      options.onError?.(error);
    } catch {
      // Nobody is left to tell.
    }
  };
}

/** Where a tail starts in one partition; a place the log no longer (or not yet) holds becomes the nearest it does. */
export function tailStart(
  options: TailOptions,
  topic: string,
  partition: number,
  { start, end }: Head,
): bigint {
  const after = options.after?.get(`${topic}/${partition}`);
  if (after === undefined || after >= end) return end;
  return after + 1n < start ? start : after + 1n;
}
