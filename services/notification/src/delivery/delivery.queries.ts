import type { DeliveryView } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import { decodeCursor, pageOfRows } from '../queries/page-cursor.js';
import type { QueryContext, QueryHandlersFor } from '../queries/query-handler.js';
import { deliveryView, type Delivery } from './delivery.js';
import { deliveryStore } from './delivery-store.js';

const SHOWN_WITH_ALERT = 50;

export const deliveryQueries: QueryHandlersFor<'deliveries'> = {
  async deliveries({ channelId, alertId, status, limit, cursor }, { tenantId, session }) {
    const key = decodeCursor(cursor, ['number', 'string']);
    const after = key && { createdAt: key[0] as number, id: key[1] as string };
    const rows = await deliveryStore.page(session, tenantId, { channelId, alertId, status }, after, limit);
    const page = pageOfRows(rows, limit, ({ createdAt, id }) => [createdAt.getTime(), id]);
    return { data: await views(session, page.items), cursor: page.cursor };
  },
};

/** The latest deliveries an alert was told of in. */
export async function deliveriesOfAlert(
  alertId: string,
  { tenantId, session }: QueryContext,
): Promise<DeliveryView[]> {
  const rows = await deliveryStore.page(session, tenantId, { alertId }, null, SHOWN_WITH_ALERT);
  return views(session, rows.slice(0, SHOWN_WITH_ALERT));
}

async function views(session: SqlSession, deliveries: readonly Delivery[]): Promise<DeliveryView[]> {
  const attempts = await deliveryStore.attempts(
    session,
    deliveries.map(({ id }) => id),
  );
  return deliveries.map((delivery) => deliveryView(delivery, attempts.get(delivery.id) ?? []));
}
