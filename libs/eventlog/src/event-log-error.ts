export type EventLogErrorCode =
  | 'eventlog.closed'
  | 'eventlog.fenced'
  | 'eventlog.group_invalid'
  | 'eventlog.offset_out_of_range'
  | 'eventlog.partition_count'
  | 'eventlog.queue_full'
  | 'eventlog.record_invalid'
  | 'eventlog.record_too_large'
  | 'eventlog.topic_config'
  | 'eventlog.unavailable'
  | 'eventlog.unknown_topic';

const RETRIABLE: readonly EventLogErrorCode[] = ['eventlog.queue_full', 'eventlog.unavailable'];

/** What the log refuses or cannot do. `retriable`: the same call may succeed later. */
export class EventLogError extends Error {
  override readonly name = 'EventLogError';
  readonly retriable: boolean;

  constructor(
    readonly code: EventLogErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.retriable = RETRIABLE.includes(code);
  }
}

/** Every failure of the engine below becomes `eventlog.unavailable` with the engine's error as its hidden cause. */
export function asEventLogError(error: unknown, what: string): EventLogError {
  return error instanceof EventLogError
    ? error
    : new EventLogError('eventlog.unavailable', `The event log could not ${what}.`, { cause: error });
}
