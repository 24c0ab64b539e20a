import { API_ACTIVITY_VERSION, type ApiActivityEvent } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import { ActivityLog, type RecordedActivity } from './activity-log.js';

export interface PostgresActivityLogOptions {
  readonly database: SqlSession;
  readonly now: () => Date;
  /** UUIDv7. */
  readonly newId: () => string;
  /** There is something to publish. */
  readonly onRecorded?: () => void;
}

/** An outbox in Postgres; `ActivityRelay` empties it. */
export class PostgresActivityLog extends ActivityLog {
  constructor(private readonly options: PostgresActivityLogOptions) {
    super();
  }

  async record(...activities: readonly RecordedActivity[]): Promise<void> {
    if (activities.length === 0) return;
    const events = activities.map((activity) => JSON.stringify(this.eventOf(activity)));
    await this.options.database.query(
      'insert into api.activity_outbox (event) select unnest($1::text[])::json',
      [events],
    );
    this.options.onRecorded?.();
  }

  private eventOf({ type, data, tenantId, actor }: RecordedActivity): ApiActivityEvent {
    const { newId, now } = this.options;
    const id = newId();
    return {
      id,
      type,
      version: API_ACTIVITY_VERSION,
      tenantId,
      stream: `activity-${tenantId}`,
      position: -1,
      occurredAt: now().toISOString(),
      actor,
      correlationId: id,
      causationId: null,
      traceparent: null,
      data,
    };
  }
}
