import type { ReplayedRange } from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import { channelStore } from '../channels/channel-store.js';
import type { CommandContext, CommandHandlersFor } from '../commands/command-handler.js';
import { notFound } from '../commands/not-found.js';
import type { EventOutbox, OutgoingEvent } from '../outbox/event-outbox.js';
import { deliveryView, type Delivery } from './delivery.js';
import { deliveryStore } from './delivery-store.js';
import type { NotificationQueue } from './notification.js';
import { testNotification } from './test-notification.js';

export interface DeliveryCommandsDependencies {
  readonly queue: NotificationQueue;
  readonly outbox: Pick<EventOutbox, 'publish'>;
  readonly dashboardUrl: string | null;
  /** Something is due: do not wait for the next round. */
  readonly wake: () => void;
}

export function deliveryCommands({
  queue,
  outbox,
  dashboardUrl,
  wake,
}: DeliveryCommandsDependencies): CommandHandlersFor<'TestChannel' | 'ReplayDelivery' | 'ReplayDeliveries'> {
  return {
    async TestChannel({ channelId }, { session, tenantId, now, newId }) {
      const channel = await channelStore.find(session, tenantId, channelId);
      if (channel === null) throw notFound('channel', 'channel');
      if (!channel.enabled || channel.health.stopped) {
        throw new Rejection('channel.disabled', 'conflict', 'Enable the channel first.');
      }
      const notification = testNotification({
        id: newId(),
        tenantId,
        channelId: channel.id,
        at: now,
        dashboardUrl,
      });
      await queue.enqueue(session, notification);
      const delivery = await deliveryStore.find(session, tenantId, notification.id);
      return { data: delivery && deliveryView(delivery, []), after: wake };
    },

    async ReplayDelivery({ deliveryId }, context) {
      const { session, tenantId, now } = context;
      const before = await deliveryStore.find(session, tenantId, deliveryId, true);
      if (before === null) throw notFound('delivery', 'delivery');
      if (before.status === 'pending' || before.status === 'retrying') {
        throw new Rejection('delivery.under_way', 'conflict', 'This notification is still on its way.');
      }
      const channel = await channelStore.find(session, tenantId, before.channelId);
      if (channel === null || !channel.enabled || channel.health.stopped) {
        throw new Rejection(
          'channel.disabled',
          'conflict',
          'Its channel is switched off, stopped or deleted.',
        );
      }
      await deliveryStore.replay(session, [before.id], now);
      const attempts = (await deliveryStore.attempts(session, [before.id])).get(before.id) ?? [];
      await outbox.publish(session, [replayed(before, context)]);
      const after = await deliveryStore.find(session, tenantId, before.id);
      return { data: after && deliveryView(after, attempts), after: wake };
    },

    async ReplayDeliveries({ range }, context) {
      const { session, tenantId, now } = context;
      if (
        range.channelId !== undefined &&
        (await channelStore.find(session, tenantId, range.channelId)) === null
      ) {
        throw notFound('channel', 'channel');
      }
      const dead = await deliveryStore.dead(session, tenantId, range, RANGE_LIMIT);
      const ids = dead.map(({ id }) => id);
      await deliveryStore.replay(session, ids, now);
      const events = dead.map((delivery) => replayed(delivery, context));
      if (events.length > 0) await outbox.publish(session, events);
      const left = await deliveryStore.countDead(session, tenantId, range);
      const data: ReplayedRange = {
        replayed: ids.length,
        remaining: left.reachable,
        unreachable: left.unreachable,
      };
      return { data, after: wake };
    },
  };
}

/** Deliveries of a range replayed by one command: each is an event of its own in one transaction. */
const RANGE_LIMIT = 200;

function replayed(before: Delivery, { tenantId, actor, now, correlationId }: CommandContext): OutgoingEvent {
  return {
    type: 'NotificationReplayed',
    data: {
      deliveryId: before.id,
      channelId: before.channelId,
      channelName: before.channelName,
      channelType: before.channelType,
      notificationKind: before.notification.kind,
      alertIds: before.notification.alerts.map(({ id }) => id),
      attempts: before.attemptCount,
    },
    tenantId,
    stream: `delivery-${before.id}`,
    actor,
    occurredAt: now,
    correlationId,
  };
}
