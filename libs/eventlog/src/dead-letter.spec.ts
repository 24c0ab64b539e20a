import { describe, expect, it, vi } from 'vitest';
import { deadLetter, type DeadLetter } from './dead-letter.js';
import { EventLogError } from './event-log-error.js';
import type { LogRecord } from './event-log.js';
import { InMemoryEventLog } from './memory/in-memory-event-log.js';

const record: LogRecord = {
  topic: 'gateway.calls.v1',
  partition: 3,
  offset: 9_007_199_254_740_993n,
  key: 'organization/ключ',
  type: 'CallDecided',
  value: Uint8Array.of(0, 255, 10, 123),
  timestamp: 1_700_000_000_000,
};

describe('deadLetter', () => {
  it('keeps the whole record and the reason', async () => {
    const log = new InMemoryEventLog();
    await log.ensureTopics([{ name: 'gateway.calls.v1.dlq', partitions: 1, retentionDays: 1 }]);
    await deadLetter(log, record, new EventLogError('eventlog.record_invalid', 'x'.repeat(5_000)));
    await deadLetter(log, { ...record, value: new Uint8Array(1024 * 1024) }, 'a string');
    const letters: { key: string; type: string; letter: DeadLetter }[] = [];
    await log.tail({
      topics: ['gateway.calls.v1.dlq'],
      after: new Map([['gateway.calls.v1.dlq/0', -1n]]),
      onBatch: async ({ records }) => {
        for (const { key, type, value } of records) {
          letters.push({ key, type, letter: JSON.parse(Buffer.from(value).toString()) as DeadLetter });
        }
      },
    });
    await vi.waitFor(() => expect(letters).toHaveLength(2));
    expect(letters[0]).toMatchObject({
      key: record.key,
      type: 'RecordDeadLettered',
      letter: {
        reason: { name: 'EventLogError', code: 'eventlog.record_invalid', message: 'x'.repeat(1_024) },
        topic: 'gateway.calls.v1',
        partition: 3,
        offset: '9007199254740993',
        key: record.key,
        type: 'CallDecided',
        timestamp: 1_700_000_000_000,
        value: 'AP8Kew==',
      },
    });
    expect(Buffer.from(letters[1]!.letter.value, 'base64')).toHaveLength(1024 * 1024);
    expect(letters[1]!.letter.reason).toEqual({ name: 'Error', message: 'a string' });
    await log.close();
  });

  it('fails when the dead letter cannot be stored', async () => {
    await expect(deadLetter(new InMemoryEventLog(), record, new Error('bad'))).rejects.toMatchObject({
      code: 'eventlog.unknown_topic',
    });
  });
});
