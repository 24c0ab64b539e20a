import { EventLogError } from './event-log-error.js';
import type { NewLogRecord } from './event-log.js';

export const MAX_KEY_BYTES = 1024;
export const MAX_TYPE_BYTES = 256;
export const MAX_VALUE_BYTES = 1024 * 1024;
/** A dead letter holds a whole record in base64 and its reasons. */
export const MAX_DEAD_LETTER_BYTES = 1536 * 1024;
export const MAX_GROUP_LENGTH = 200;

/** Refuses what one adapter could store and another could not, before anything is written. */
export function checkRecord(record: NewLogRecord): void {
  // NUL is the one character Postgres cannot hold in text.
  if (record.key.includes('\0') || record.type.includes('\0')) {
    throw new EventLogError('eventlog.record_invalid', 'A record key or type contains a NUL character.');
  }
  if (isLongerThan(record.key, MAX_KEY_BYTES)) {
    throw new EventLogError('eventlog.record_invalid', `A record key is longer than ${MAX_KEY_BYTES} bytes.`);
  }
  if (record.type === '' || isLongerThan(record.type, MAX_TYPE_BYTES)) {
    throw new EventLogError(
      'eventlog.record_invalid',
      `A record type is empty or longer than ${MAX_TYPE_BYTES} bytes.`,
    );
  }
  const limit = record.topic.endsWith('.dlq') ? MAX_DEAD_LETTER_BYTES : MAX_VALUE_BYTES;
  if (record.value.byteLength > limit) {
    throw new EventLogError(
      'eventlog.record_too_large',
      `A record of ${record.value.byteLength} bytes does not fit into topic ${record.topic}, whose limit is ${limit}.`,
    );
  }
}

export function checkGroup(group: string): void {
  if (group === '' || group.length > MAX_GROUP_LENGTH || group.includes('\0')) {
    throw new EventLogError(
      'eventlog.group_invalid',
      `A group name has 1 to ${MAX_GROUP_LENGTH} characters.`,
    );
  }
}

/** Most strings are short, and then their length settles it: a UTF-16 unit is at most 3 bytes of UTF-8. */
function isLongerThan(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text, 'utf8') > bytes;
}
