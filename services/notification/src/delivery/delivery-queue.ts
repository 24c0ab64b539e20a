import type { SqlSession } from '@portcullis/postgres';
import { channelStore } from '../channels/channel-store.js';
import { deliveryStore } from './delivery-store.js';
import type { Notification, NotificationQueue } from './notification.js';

/**
 * Queues notifications in the caller's transaction. For a channel that is switched off or stopped they are kept as dead
 * ones, which a person may replay; for one that is gone there is nobody to keep them for.
 */
export class DeliveryQueue implements NotificationQueue {
  async enqueue(session: SqlSession, notification: Notification): Promise<void> {
    const channel = await channelStore.find(session, notification.tenantId, notification.channelId);
    if (channel === null) return;
    await deliveryStore.add(session, notification, !channel.enabled || channel.health.stopped);
  }
}
