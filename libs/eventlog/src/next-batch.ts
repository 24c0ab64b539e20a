import { pause } from './back-off.js';
import { EventLogError } from './event-log-error.js';
import type { LogBatch, LogRecord } from './event-log.js';
import type { BatchLimits } from './partition-worker.js';

export interface Head {
  readonly start: bigint;
  readonly end: bigint;
}

/** A partition of a log with dense offsets, as `nextBatch` reads it. */
export interface ReadablePartition {
  readonly topic: string;
  readonly partition: number;
  /** As last seen: the log may hold more by now, but not less. */
  head(): Head;
  /** Resolves when `head` is as of a moment after this call. */
  refresh(): Promise<void>;
  /** Resolves when the head may have moved past `end`, or the signal aborts. */
  moved(end: bigint, signal: AbortSignal): Promise<void>;
  /** At least one record where the head says there is one, unless retention was faster. */
  read(from: bigint, limits: BatchLimits): Promise<readonly LogRecord[]>;
  report(error: EventLogError): void;
}

const RETRY_EMPTY_READ_MS = 50;

/** Waits for records at or after `from`, then for a fuller batch as long as the limits say; `undefined` once aborted. */
export async function nextBatch(
  source: ReadablePartition,
  from: bigint,
  limits: BatchLimits,
  signal: AbortSignal,
): Promise<LogBatch | undefined> {
  const { topic, partition } = source;
  let position = from;
  let fillUntil: number | undefined;
  while (!signal.aborted) {
    if (position > source.head().end) await source.refresh();
    const head = source.head();
    position = withinRange(source, position, head);
    const available = head.end - position;
    if (available === 0n) {
      await source.moved(head.end, signal);
      continue;
    }
    if (limits.maxWaitMs > 0 && available < BigInt(limits.maxRecords)) {
      fillUntil ??= performance.now() + limits.maxWaitMs;
      const left = fillUntil - performance.now();
      if (left > 0) {
        await pause(Math.min(left, 20), signal);
        continue;
      }
    }
    const records = await source.read(position, limits);
    const last = records.at(-1);
    if (last) return { topic, partition, records, endOffset: max(source.head().end, last.offset + 1n) };
    // The records were dropped between head and read.
    await pause(RETRY_EMPTY_READ_MS, signal);
  }
  return undefined;
}

function withinRange(source: ReadablePartition, position: bigint, { start, end }: Head): bigint {
  if (position >= start && position <= end) return position;
  const to = position < start ? start : end;
  source.report(
    new EventLogError(
      'eventlog.offset_out_of_range',
      `${source.topic}/${source.partition} holds ${start} to ${end}, not ${position}: reading goes on at ${to}.`,
    ),
  );
  return to;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
