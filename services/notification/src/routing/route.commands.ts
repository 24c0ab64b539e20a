import type { RouteList } from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import type { SqlSession } from '@portcullis/postgres';
import type { CommandHandlersFor } from '../commands/command-handler.js';
import type { EventOutbox } from '../outbox/event-outbox.js';
import { checkedRoutes } from './checked-routes.js';
import { routeListView } from './route.queries.js';
import { routeStore } from './route-store.js';

export interface RouteCommandsDependencies {
  readonly outbox: Pick<EventOutbox, 'publish'>;
  /** Those of these ids that are channels of the organization. */
  readonly channelsAmong: (
    session: SqlSession,
    tenantId: string,
    ids: readonly string[],
  ) => Promise<ReadonlySet<string>>;
}

export function routeCommands({
  outbox,
  channelsAmong,
}: RouteCommandsDependencies): CommandHandlersFor<'ReplaceRoutes'> {
  return {
    async ReplaceRoutes({ list, expectedVersion }, context) {
      const { session, tenantId, actor, now, newId, correlationId } = context;
      await routeStore.hold(session, tenantId);
      const before = await routeStore.read(session, tenantId);
      if (expectedVersion !== null && expectedVersion !== undefined && expectedVersion !== before.version) {
        throw new Rejection(
          'notification_routes.version_conflict',
          'precondition_failed',
          `The routes are at version ${before.version} by now.`,
        );
      }
      const channels = await channelsAmong(session, tenantId, channelsOf(list));
      const after = {
        version: before.version + 1,
        list: checkedRoutes(list, { channels, newId }),
        updatedAt: now,
        updatedBy: actor.name ?? actor.id,
      };
      await routeStore.replace(session, tenantId, after);
      await outbox.publish(session, [
        {
          type: 'NotificationRoutesReplaced',
          data: { version: after.version, before: before.list, after: after.list },
          tenantId,
          stream: `notification-routes-${tenantId}`,
          actor,
          occurredAt: now,
          correlationId,
        },
      ]);
      return { data: routeListView(after) };
    },
  };
}

function channelsOf({ routes, defaultRoute }: RouteList): string[] {
  return [...new Set([...routes, defaultRoute].flatMap(({ channels }) => channels))];
}
