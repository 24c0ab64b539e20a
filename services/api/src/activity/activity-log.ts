import type { Actor, ApiActivity } from '@portcullis/contracts';

/** Something a person or a key did, and in which organization. */
export type RecordedActivity = ApiActivity & { readonly tenantId: string; readonly actor: Actor };

/**
 * Where the API says what was done with it. Once `record` has resolved it will reach the event log, whatever happens to
 * this process or the log; when it rejects, the caller must not go on as if it had.
 */
export abstract class ActivityLog {
  abstract record(...activities: readonly RecordedActivity[]): Promise<void>;
}
