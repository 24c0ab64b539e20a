import type { Database, SqlSession } from '@portcullis/postgres';
import { alertStore } from '../alerts/alert-store.js';
import { routeStore } from '../routing/route-store.js';
import type { Placement } from './placement.js';

const STEP = 200;

/**
 * Puts the firing alerts of an organization into the groups of its new routes, some at a time: a list of routes is saved
 * at once, however many alerts there are. How far it came is a row, so that another process goes on from there.
 */
export class Rerouting {
  constructor(
    private readonly database: Pick<Database, 'query' | 'transaction'>,
    private readonly placement: Placement,
  ) {}

  /** Everything there is to do. An organization that fails keeps no other waiting. */
  async run(now: number): Promise<void> {
    const waiting = await this.database.query<{ tenant_id: string }>(
      'select tenant_id from notification.rerouting',
    );
    const failures: unknown[] = [];
    for (const { tenant_id: tenantId } of waiting) {
      try {
        while (await this.database.transaction((session) => this.step(session, tenantId, now)));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** True when there may be more to do. */
  private async step(session: SqlSession, tenantId: string, now: number): Promise<boolean> {
    // Before the row: whoever replaces the routes takes the two in this order.
    await routeStore.steadyRoutes(session, tenantId);
    const [row] = await session.query<{ after_alert: string }>(
      'select after_alert from notification.rerouting where tenant_id = $1 for update skip locked',
      [tenantId],
    );
    if (!row) return false;
    const alerts = await alertStore.lockFiringAfter(session, tenantId, row.after_alert, STEP);
    await this.placement.place(session, alerts, now);
    const last = alerts.at(-1);
    if (last && alerts.length === STEP) {
      await session.query('update notification.rerouting set after_alert = $2 where tenant_id = $1', [
        tenantId,
        last.id,
      ]);
      return true;
    }
    await session.query('delete from notification.rerouting where tenant_id = $1', [tenantId]);
    return false;
  }
}
