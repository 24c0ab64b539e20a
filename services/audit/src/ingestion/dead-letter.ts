import { createHash } from 'node:crypto';
import { deadLetterTopic } from '@portcullis/contracts';
import type { LogRecord, NewLogRecord } from '@portcullis/eventlog';
import { columnTime } from '../rows/bounded.js';
import type { InvalidEvent } from '../rows/invalid-event.js';
import type { DeadLetterRow } from './audit-tables.js';

/** Bytes of an oversize record that its dead letter keeps. */
const HEAD_LIMIT = 64 * 1024;
const WHOLE_LIMIT = 1024 * 1024;

/** Identifies a record by what it says. */
export function digestOf(value: Uint8Array): string {
  return createHash('sha256').update(value).digest('hex');
}

/** The record as it came, with where it came from and what is wrong with it: enough to look at, mend and replay. */
export function deadLetter(record: LogRecord, error: InvalidEvent): NewLogRecord {
  const whole = record.value.byteLength <= WHOLE_LIMIT;
  const value = whole ? record.value : record.value.subarray(0, HEAD_LIMIT);
  const letter = {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset.toString(),
    timestamp: record.timestamp,
    key: record.key,
    type: record.type,
    code: error.code,
    detail: error.message,
    digest: digestOf(record.value),
    bytes: record.value.byteLength,
    whole,
    value: Buffer.from(value).toString('base64'),
  };
  return {
    topic: deadLetterTopic(record.topic),
    key: record.key,
    type: record.type,
    value: Buffer.from(JSON.stringify(letter)),
  };
}

export function deadLetterRow(record: LogRecord, error: InvalidEvent, now: number): DeadLetterRow {
  return {
    log_topic: record.topic,
    log_partition: record.partition,
    log_offset: record.offset.toString(),
    digest: digestOf(record.value),
    dead_at: columnTime(now),
    code: error.code,
    detail: error.message.slice(0, 1024),
    type: record.type.slice(0, 256),
    key: record.key.slice(0, 1024),
    size: record.value.byteLength,
  };
}
