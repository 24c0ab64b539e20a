import type { PlannedNotification } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import type { Alert } from '../alerts/alert.js';
import { routeStore } from '../routing/route-store.js';
import { settingsOf } from '../routing/route.js';
import { groupStore } from './group-store.js';
import { memberLifeOf } from './member.js';
import { dueAt } from './plan-group.js';

/** When each channel is next told of these alerts of one organization, as things are; by alert, soonest first. */
export async function plannedNotifications(
  session: SqlSession,
  tenantId: string,
  alerts: readonly Alert[],
  now: number,
): Promise<Map<string, PlannedNotification[]>> {
  const planned = new Map<string, PlannedNotification[]>(alerts.map(({ id }) => [id, []]));
  const memberships = await groupStore.memberships(session, [...planned.keys()]);
  if (memberships.length === 0) return planned;
  const routes = await routeStore.routes(session, tenantId);
  const groups = await groupStore.find(session, [...new Set(memberships.map(({ groupId }) => groupId))]);
  const lives = new Map(alerts.map((alert) => [alert.id, memberLifeOf(alert.lifecycle)]));
  for (const membership of memberships) {
    const group = groups.get(membership.groupId);
    const life = lives.get(membership.alertId);
    if (!group || !life) continue;
    const { routeId, channelId, lastNotifiedAt, nextAt, size } = group;
    const at = dueAt({ ...membership, life }, lastNotifiedAt, settingsOf(routes, routeId), now);
    if (at === null) continue;
    // Later than it is due where the storm guard holds it back.
    const actual = Math.max(at, nextAt ?? at);
    planned
      .get(membership.alertId)!
      .push({ channelId, routeId, at: new Date(actual).toISOString(), groupSize: size });
  }
  for (const list of planned.values()) list.sort((a, b) => (a.at < b.at ? -1 : 1));
  return planned;
}
