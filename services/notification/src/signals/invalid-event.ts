export type InvalidEventCode =
  | 'notification.invalid_utf8'
  | 'notification.invalid_json'
  | 'notification.invalid_envelope'
  | 'notification.invalid_data'
  | 'notification.event_time'
  | 'notification.unknown_type'
  | 'notification.refused';

/** The record can never become an alert. The message names the place, never a value. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';

  constructor(
    readonly code: InvalidEventCode,
    detail: string,
    options?: { cause?: unknown },
  ) {
    super(detail, options);
  }
}
