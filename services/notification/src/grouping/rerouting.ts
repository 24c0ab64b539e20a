import type { Database, SqlSession } from '@portcullis/postgres';
import { alertStore } from '../alerts/alert-store.js';
import type { Placement } from './placement.js';

const STEP = 200;

/**
 * Puts the firing alerts of an organization into the groups of its new routes, some at a time: a list of routes is saved
 * at once, however many alerts there are. How far it came is a row, so that another process goes on from there.
 */
export class Rerouting {
  constructor(
    private readonly database: Pick<Database, 'transaction'>,
    private readonly placement: Placement,
  ) {}

  /** Everything there is to do. */
  async run(now: number): Promise<void> {
    while (await this.database.transaction((session) => this.step(session, now)));
  }

  private async step(session: SqlSession, now: number): Promise<boolean> {
    const [row] = await session.query<{ tenant_id: string; after_alert: string }>(
      'select tenant_id, after_alert from notification.rerouting limit 1 for update skip locked',
    );
    if (!row) return false;
    const { tenant_id: tenantId, after_alert: after } = row;
    const alerts = await alertStore.lockFiringAfter(session, tenantId, after, STEP);
    await this.placement.place(session, alerts, now);
    const last = alerts.at(-1);
    if (last && alerts.length === STEP) {
      await session.query('update notification.rerouting set after_alert = $2 where tenant_id = $1', [
        tenantId,
        last.id,
      ]);
    } else {
      await session.query('delete from notification.rerouting where tenant_id = $1', [tenantId]);
    }
    return true;
  }
}
