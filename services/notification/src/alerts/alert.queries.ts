import type { AlertDetail, AlertView, DeliveryView, PlannedNotification } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import { notFound } from '../commands/not-found.js';
import { decodeCursor, pageOfRows } from '../queries/page-cursor.js';
import type { QueryContext, QueryHandlersFor } from '../queries/query-handler.js';
import { alertHistory } from './alert-history.js';
import { alertStore } from './alert-store.js';
import { alertView } from './alert-view.js';
import type { Alert } from './alert.js';

export interface AlertQueriesDependencies {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly planned: (
    session: SqlSession,
    tenantId: string,
    alerts: readonly Alert[],
    now: number,
  ) => Promise<Map<string, PlannedNotification[]>>;
  /** The latest deliveries an alert was told of in. */
  readonly deliveriesOf: (alertId: string, context: QueryContext) => Promise<readonly DeliveryView[]>;
}

export function alertQueries(dependencies: AlertQueriesDependencies): QueryHandlersFor<'alerts' | 'alert'> {
  const { now, planned, deliveriesOf } = dependencies;
  return {
    async alerts({ states, severities, kinds, connection, limit, cursor }, { tenantId, session }) {
      const key = decodeCursor(cursor, ['number', 'string']);
      const after = key && { lastSeenAt: key[0] as number, id: key[1] as string };
      const filter = { states, severities, kinds, connection };
      const rows = await alertStore.page(session, tenantId, filter, after, limit);
      const page = pageOfRows(rows, limit, ({ lastSeenAt, id }) => [lastSeenAt, id]);
      const at = now();
      const plans = await planned(session, tenantId, page.items, at);
      return {
        data: page.items.map((alert) => alertView(alert, nextOf(plans.get(alert.id)), at)),
        cursor: page.cursor,
      };
    },

    async alert({ alertId }, context) {
      const { tenantId, session } = context;
      const alert = await alertStore.find(session, tenantId, alertId);
      if (!alert) throw notFound('alert', 'alert');
      const at = now();
      const plans = (await planned(session, tenantId, [alert], at)).get(alert.id) ?? [];
      const { observed, expected, lens, requests, trace, killSwitch } = alert.evidence;
      const data = {
        ...alertView(alert, nextOf(plans), at),
        observed,
        expected,
        evidence: { lens, requests: [...requests], trace },
        killSwitch,
        history: await alertHistory(session, alert.id),
        deliveries: [...(await deliveriesOf(alert.id, context))],
        planned: plans,
      } satisfies AlertDetail;
      return { data };
    },
  };
}

/** The view that answers a command. */
export async function viewOfAlert(
  { planned }: Pick<AlertQueriesDependencies, 'planned'>,
  session: SqlSession,
  alert: Alert,
  now: number,
): Promise<AlertView> {
  const plans = await planned(session, alert.tenantId, [alert], now);
  return alertView(alert, nextOf(plans.get(alert.id)), now);
}

function nextOf(plans: readonly PlannedNotification[] | undefined): number | null {
  const first = plans?.[0];
  return first === undefined ? null : Date.parse(first.at);
}
