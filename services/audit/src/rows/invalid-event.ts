export type InvalidEventCode =
  | 'audit.invalid_utf8'
  | 'audit.invalid_json'
  | 'audit.invalid_envelope'
  | 'audit.invalid_data'
  | 'audit.event_time'
  | 'audit.too_large'
  | 'audit.row_refused';

/** The record can never become a row. The message names the place, never a value. */
export class InvalidEvent extends Error {
  constructor(
    readonly code: InvalidEventCode,
    detail: string,
    options?: { cause?: unknown },
  ) {
    super(detail, options);
    this.name = 'InvalidEvent';
  }
}
