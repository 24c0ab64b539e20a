import { createHash } from 'node:crypto';
import { deadLetter, EventLogError, type EventLog, type NewLogRecord } from '@portcullis/eventlog';
import { SHORTER_CALLS, type CallData } from '../recording/shorten-call.js';
import type { Quarantine } from '../spool/quarantine.js';

/** What the log will never take as it is: trying again is no use. */
export function isPoison(error: unknown): error is EventLogError {
  return error instanceof EventLogError && POISON.includes(error.code);
}
const POISON: readonly EventLogError['code'][] = ['eventlog.record_too_large', 'eventlog.record_invalid'];

/** The same record with ever less of what a caller can make long; none for what cannot be read. */
export function* shorterRecords(record: NewLogRecord): Generator<NewLogRecord> {
  let envelope: { data?: unknown } | null;
  try {
    envelope = JSON.parse(Buffer.from(record.value).toString('utf8')) as typeof envelope;
  } catch {
    return;
  }
  const data = envelope?.data;
  if (typeof data !== 'object' || data === null) return;
  for (const shorten of SHORTER_CALLS) {
    yield { ...record, value: Buffer.from(JSON.stringify({ ...envelope, data: shorten(data as CallData) })) };
  }
}

/** A dead letter that must itself be short. */
const EXCERPT_BYTES = 16 * 1024;

/**
 * A record the log takes in no form: it is kept as a file of this gateway, and a dead letter with its beginning tells of
 * it in the log. Rejects while the log cannot be reached.
 */
export async function park(
  record: NewLogRecord,
  error: EventLogError,
  eventLog: EventLog,
  quarantine: Quarantine,
): Promise<void> {
  const digest = createHash('sha256').update(record.value).digest('hex');
  const file = quarantine.keep(`record-${digest.slice(0, 32)}`, record.value, error.message);
  const reason = new EventLogError(error.code, `${error.message} The whole record: ${file}`);
  const place = { partition: -1, offset: -1n, timestamp: Date.now() };
  const excerpt = record.value.subarray(0, EXCERPT_BYTES);
  try {
    await deadLetter(
      eventLog,
      { ...record, ...place, key: record.key.slice(0, 256).replaceAll('\0', ''), value: excerpt },
      reason,
    );
  } catch (failure) {
    if (!isPoison(failure)) throw failure;
  }
}
