import { notFound } from '../commands/not-found.js';
import { decodeCursor, pageOfRows } from '../queries/page-cursor.js';
import type { QueryHandlersFor } from '../queries/query-handler.js';
import { channelView } from './channel-record.js';
import { channelStore } from './channel-store.js';

export function channelQueries({
  now,
}: {
  readonly now: () => number;
}): QueryHandlersFor<'channels' | 'channel'> {
  return {
    async channels({ limit, cursor }, { tenantId, session }) {
      const after = decodeCursor(cursor, ['string']);
      const rows = await channelStore.page(
        session,
        tenantId,
        after === null ? null : String(after[0]),
        limit,
      );
      const page = pageOfRows(rows, limit, ({ id }) => [id]);
      return {
        data: page.items.map((channel) => channelView(channel, new Date(now()))),
        cursor: page.cursor,
      };
    },

    async channel({ channelId }, { tenantId, session }) {
      const channel = await channelStore.find(session, tenantId, channelId);
      if (channel === null) throw notFound('channel', 'channel');
      return { data: channelView(channel, new Date(now())) };
    },
  };
}
