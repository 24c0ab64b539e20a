import { TOPICS, type FindingRaised } from '@portcullis/contracts';
import type { EventLog, LogRecord } from '@portcullis/eventlog';
import { readRange } from '../src/consumption/read-range.js';
import { DETECTOR_DEFAULTS } from '../src/detection/detectors.js';
import { PartitionDetection } from '../src/detection/partition-detection.js';

const signal = new AbortController().signal;

async function recordsOf(log: EventLog, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const { partition, start, end } of await log.positions(topic)) {
    await readRange(log, { topic, partition, from: start, to: end }, (some) => void records.push(...some), {
      signal,
    });
  }
  return records;
}

/** What the call topic as it stands must raise, by partition. */
export async function expectedFindings(log: EventLog): Promise<FindingRaised[][]> {
  const byPartition = new Map<number, PartitionDetection>();
  const found: FindingRaised[][] = [];
  for (const record of await recordsOf(log, TOPICS.calls.name)) {
    const { partition } = record;
    const detection = byPartition.get(partition) ?? new PartitionDetection({ settings: DETECTOR_DEFAULTS });
    byPartition.set(partition, detection);
    (found[partition] ??= []).push(...detection.observe(record));
  }
  return found;
}

export async function publishedEvents(log: EventLog): Promise<FindingRaised[]> {
  const records = await recordsOf(log, TOPICS.anomalyFindings.name);
  return records.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as FindingRaised);
}

/** Whether a group has read the call topic to its end. */
export async function isCaughtUp(log: EventLog, group: string): Promise<boolean> {
  const committed = await log.committed(group, TOPICS.calls.name);
  const positions = await log.positions(TOPICS.calls.name);
  return positions.every(({ partition, end }) => end === 0n || committed.get(partition) === end);
}
