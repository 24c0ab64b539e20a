import type { ChannelType } from '@portcullis/contracts';
import type { Notification } from '../delivery/notification.js';

/** Where a notification goes: what the organization set, and the secret in the clear. */
export interface ChannelTarget<Settings = unknown> {
  readonly settings: Settings;
  /** Newest first; a webhook whose secret was rotated has two for a day, every other type one or none. */
  readonly secrets: readonly string[];
}

/**
 * How one attempt ended. `retry`: another attempt may succeed; `refused`: none will, with these bytes; `gone`: the
 * receiver says that it is no more. Codes are stable (`delivery.*`), messages and addresses are not in them.
 */
export type SendResult =
  | { readonly kind: 'delivered'; readonly status: number | null; readonly response: string | null }
  | (FailedAttempt & {
      readonly kind: 'retry';
      /** What the receiver asked for. */ readonly retryAfterMs: number | null;
    })
  | (FailedAttempt & { readonly kind: 'refused' | 'gone' });

export interface FailedAttempt {
  readonly error: string;
  /** HTTP status or SMTP reply code; null when there was no answer. */
  readonly status: number | null;
  /** The beginning of the receiver's answer, as plain text. */
  readonly response: string | null;
}

/** One way to reach people. Sending the same notification again must look like the same message to the receiver. */
export interface Channel {
  readonly type: ChannelType;
  /** Never rejects: whatever happens is a result. Takes 20 seconds at most. */
  send(notification: Notification, target: ChannelTarget, now: Date): Promise<SendResult>;
}
