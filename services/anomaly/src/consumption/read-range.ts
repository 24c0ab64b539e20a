import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, LogBatch, LogRecord, RunningReader } from '@portcullis/eventlog';

/** Offsets of one partition, `to` excluded. */
export interface LogRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** How long nothing may come before the log is asked whether anything will. */
const SILENCE_MS = 1_000;

/**
 * Hands over the records of a range that the log still holds, in order, without touching any group's offsets. Rejects
 * when the handler throws or the signal aborts; trouble with the log is waited out.
 */
export async function readRange(
  log: Pick<EventLog, 'tail' | 'positions'>,
  range: LogRange,
  onRecords: (records: readonly LogRecord[]) => Promise<void> | void,
  options: { readonly signal: AbortSignal; readonly onError?: (error: unknown) => void },
): Promise<void> {
  const { topic, partition, from, to } = range;
  if (from >= to) return;
  const { signal, onError } = options;
  const done = new AbortController();
  let failure: unknown;
  let batches = 0;
  let reader: RunningReader | undefined;
  const onBatch = async (batch: LogBatch): Promise<void> => {
    if (batch.partition !== partition || done.signal.aborted || signal.aborted) return;
    batches += 1;
    const inside = batch.records.filter(({ offset }) => offset >= from && offset < to);
    try {
      if (inside.length > 0) await onRecords(inside);
    } catch (error) {
      failure = error;
      done.abort();
    }
    if (batch.records.at(-1)!.offset + 1n >= to) done.abort();
  };
  try {
    reader = await log.tail({
      topics: [topic],
      after: new Map([[`${topic}/${partition}`, from - 1n]]),
      onBatch,
      ...(onError ? { onError } : {}),
    });
    const either = AbortSignal.any([signal, done.signal]);
    while (!either.aborted) {
      const before = batches;
      await sleep(SILENCE_MS, undefined, { signal: either }).catch(() => undefined);
      // Retention may have dropped all of the range meanwhile: then nothing of it will ever come.
      if (batches === before && !either.aborted && (await isGone(log, range, onError))) break;
    }
  } finally {
    await reader?.stop();
  }
  if (failure !== undefined) throw failure;
  signal.throwIfAborted();
}

async function isGone(
  log: Pick<EventLog, 'positions'>,
  { topic, partition, to }: LogRange,
  onError?: (error: unknown) => void,
): Promise<boolean> {
  try {
    const positions = await log.positions(topic);
    return (positions.find((one) => one.partition === partition)?.start ?? 0n) >= to;
  } catch (error) {
    onError?.(error);
    return false;
  }
}
