import {
  NOTIFICATION_EVENT_VERSION,
  type Actor,
  type NotificationDeliveryData,
  type NotificationDeliveryType,
} from '@portcullis/contracts';
import type { NewEvent } from '@portcullis/eventing';
import type { PostgresEventStore, SqlSession } from '@portcullis/postgres';

/** A fact on its way to `notification.deliveries.v1`. */
export type OutgoingEvent = {
  [T in NotificationDeliveryType]: {
    readonly type: T;
    readonly data: NotificationDeliveryData<T>;
    readonly tenantId: string;
    /** The entity it belongs to: `alert-<id>`, `delivery-<id>`, `channel-<id>`. */
    readonly stream: string;
    readonly actor: Actor;
    readonly occurredAt: Date;
    readonly correlationId?: string | undefined;
    /** Id of the event that led to it. */
    readonly causationId?: string | undefined;
  };
}[NotificationDeliveryType];

/** What this service does without being told to is done by this actor. */
export const NOTIFICATION_ACTOR: Actor = { type: 'service', id: 'notification' };

/**
 * Events are stored in the transaction that makes them true and published from there, in order and at least once: what
 * is committed is told, and nothing else is.
 */
export class EventOutbox {
  constructor(
    private readonly store: Pick<PostgresEventStore, 'within'>,
    private readonly newId: () => string,
  ) {}

  /** Last in a transaction: it makes every other one that publishes wait for the commit. */
  async publish(session: SqlSession, events: readonly OutgoingEvent[]): Promise<void> {
    const streams = this.store.within(session);
    for (const event of events) {
      await streams.append(event.stream, [this.complete(event)], { expectedVersion: 'any' });
    }
  }

  private complete(event: OutgoingEvent): NewEvent {
    const id = this.newId();
    return {
      id,
      type: event.type,
      version: NOTIFICATION_EVENT_VERSION,
      tenantId: event.tenantId,
      occurredAt: event.occurredAt.toISOString(),
      actor: event.actor,
      correlationId: event.correlationId ?? id,
      causationId: event.causationId ?? null,
      traceparent: null,
      data: event.data,
    };
  }
}
