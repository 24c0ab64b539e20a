import { randomUUID } from 'node:crypto';
import type { LogRecord, NewLogRecord } from '../event-log.js';
import { partitionOf } from '../partition-of.js';

export function group(): string {
  return `contract.${randomUUID().slice(0, 8)}`;
}

export function record(topic: string, key: string, n: number): NewLogRecord {
  return { topic, key, type: 'Counted', value: Buffer.from(JSON.stringify({ n })) };
}

export function number(given: LogRecord): number {
  return (JSON.parse(Buffer.from(given.value).toString('utf8')) as { n: number }).n;
}

/** One key for each of the partitions, in their order. */
export function keysOfPartitions(partitions: number): string[] {
  const keys = new Map<number, string>();
  for (let i = 0; keys.size < partitions; i += 1) {
    const key = `key-${i}`;
    const partition = partitionOf(key, partitions);
    if (!keys.has(partition)) keys.set(partition, key);
  }
  return Array.from({ length: partitions }, (_, partition) => keys.get(partition)!);
}
