import { deadLetterTopic } from '@portcullis/contracts';
import type { EventLog, LogRecord } from './event-log.js';

/** What a record of a `.dlq` topic holds, as JSON: the record as it was, and why nobody could process it. */
export interface DeadLetter {
  readonly reason: { readonly name: string; readonly code?: string; readonly message: string };
  /** RFC 3339 in UTC. */
  readonly deadLetteredAt: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly type: string;
  readonly timestamp: number;
  /** The raw value in base64. */
  readonly value: string;
}

export const DEAD_LETTER_TYPE = 'RecordDeadLettered';
const MAX_MESSAGE_LENGTH = 1024;

/**
 * Parks a record in its topic's dead-letter topic. Which errors deserve that is the consumer's own policy: one that
 * lies in the data does (and the batch goes on), one that may pass does not (rethrow it, and the batch comes again).
 * Resolves when the dead letter is durable; a rejection must be rethrown, or the record is lost.
 */
export async function deadLetter(log: EventLog, record: LogRecord, error: unknown): Promise<void> {
  const letter: DeadLetter = {
    reason: reasonOf(error),
    deadLetteredAt: new Date().toISOString(),
    topic: record.topic,
    partition: record.partition,
    offset: record.offset.toString(),
    key: record.key,
    type: record.type,
    timestamp: record.timestamp,
    value: Buffer.from(record.value).toString('base64'),
  };
  await log.append([
    {
      topic: deadLetterTopic(record.topic),
      key: record.key,
      type: DEAD_LETTER_TYPE,
      value: Buffer.from(JSON.stringify(letter), 'utf8'),
    },
  ]);
}

function reasonOf(error: unknown): DeadLetter['reason'] {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error).slice(0, MAX_MESSAGE_LENGTH) };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: error.message.slice(0, MAX_MESSAGE_LENGTH),
  };
}
