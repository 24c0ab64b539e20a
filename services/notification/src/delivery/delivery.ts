import type { ChannelType, DeliveryAttempt, DeliveryStatus, DeliveryView } from '@portcullis/contracts';
import type { Notification } from './notification.js';

/** A notification on its way to its channel, as it is kept. */
export interface Delivery {
  readonly id: string;
  readonly tenantId: string;
  readonly channelId: string;
  readonly channelName: string;
  readonly channelType: ChannelType;
  readonly notification: Notification;
  readonly status: DeliveryStatus;
  readonly createdAt: Date;
  readonly nextAttemptAt: Date | null;
  /** Attempts of the schedule that were made; a replay starts anew. */
  readonly step: number;
  readonly attemptCount: number;
  readonly deliveredAt: Date | null;
  /** End of the lease of whoever sends it; also what tells one lease from the next. */
  readonly claimedUntil: Date | null;
}

export function deliveryView(delivery: Delivery, attempts: readonly DeliveryAttempt[]): DeliveryView {
  const { notification } = delivery;
  return {
    id: delivery.id,
    channelId: delivery.channelId,
    channel: delivery.channelName,
    channelType: delivery.channelType,
    kind: notification.kind,
    status: delivery.status,
    alerts: notification.alerts.map(({ id }) => id),
    omitted: notification.omitted,
    createdAt: delivery.createdAt.toISOString(),
    nextAttemptAt: delivery.nextAttemptAt?.toISOString() ?? null,
    deliveredAt: delivery.deliveredAt?.toISOString() ?? null,
    attemptCount: delivery.attemptCount,
    attempts: [...attempts],
  };
}
