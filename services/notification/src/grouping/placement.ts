import type { SqlSession } from '@portcullis/postgres';
import { isFiring, type Alert } from '../alerts/alert.js';
import { destinationsOf, type Destination } from '../routing/match-routes.js';
import { routeStore } from '../routing/route-store.js';
import { settingsOf, type Routes } from '../routing/route.js';
import { groupStore, type Group, type Membership } from './group-store.js';
import { memberLifeOf } from './member.js';
import { dueAt } from './plan-group.js';

interface Wanted extends Destination {
  readonly alertId: string;
  readonly tenantId: string;
  readonly openedAt: number;
}

/**
 * Puts alerts that changed into the groups of their routes and hastens the timers of those groups, in the transaction
 * that changed them. One that ended stays where it is, to be told of there.
 */
export class Placement {
  constructor(private readonly newId: () => string) {}

  async place(session: SqlSession, alerts: readonly Alert[], now: number): Promise<void> {
    if (alerts.length === 0) return;
    const routes = await routesByTenant(session, alerts);
    const ids = alerts.map(({ id }) => id);
    const before = await groupStore.memberships(session, ids);
    const wanted = alerts.flatMap((alert) => wantedFor(alert, routes.get(alert.tenantId)!));
    const entered = await this.open(session, wanted, now);
    const left = before.filter(isLeft(alerts, wanted));
    await groupStore.leave(session, left);
    await groupStore.enter(session, entriesOf(wanted, entered, before, now));
    await hasten(session, alerts, routes, { entered, now });
  }

  private open(session: SqlSession, wanted: readonly Wanted[], now: number): Promise<Group[]> {
    const distinct = new Map(wanted.map((one) => [nameOf(one), one]));
    return groupStore.open(
      session,
      [...distinct.values()].map((one) => ({ ...one, id: this.newId() })),
      now,
    );
  }
}

async function routesByTenant(session: SqlSession, alerts: readonly Alert[]): Promise<Map<string, Routes>> {
  const routes = new Map<string, Routes>();
  for (const tenantId of new Set(alerts.map((alert) => alert.tenantId))) {
    routes.set(tenantId, await routeStore.steadyRoutes(session, tenantId));
  }
  return routes;
}

function wantedFor(alert: Alert, routes: Routes): Wanted[] {
  if (!isFiring(alert.lifecycle)) return [];
  const { id, tenantId, kind, subject, lifecycle } = alert;
  const routable = {
    ...subject,
    id,
    kind,
    severity: lifecycle.severity,
    connection: subject.connection?.slug ?? null,
  };
  const { openedAt } = lifecycle;
  return destinationsOf(routable, routes.list).map((destination) => ({
    ...destination,
    alertId: id,
    tenantId,
    openedAt,
  }));
}

/** A membership whose alert fires, and goes elsewhere now. */
function isLeft(alerts: readonly Alert[], wanted: readonly Wanted[]): (one: Membership) => boolean {
  const firing = new Set(alerts.filter(({ lifecycle }) => isFiring(lifecycle)).map(({ id }) => id));
  const stays = new Set(wanted.map(({ alertId, channelId }) => JSON.stringify([alertId, channelId])));
  return ({ alertId, channelId }) => firing.has(alertId) && !stays.has(JSON.stringify([alertId, channelId]));
}

function entriesOf(
  wanted: readonly Wanted[],
  groups: readonly Group[],
  before: readonly Membership[],
  now: number,
) {
  const ids = new Map(groups.map((group) => [nameOf(group), group.id]));
  const known = new Map(before.map((member) => [JSON.stringify([member.alertId, member.channelId]), member]));
  return wanted.map((one) => {
    const { alertId, channelId, openedAt } = one;
    const member = known.get(JSON.stringify([alertId, channelId]));
    // A mute, a note or another route is no news: what waits goes on waiting.
    const since = member ? Math.max(member.since, openedAt) : now;
    return { alertId, channelId, groupId: ids.get(nameOf(one))!, since };
  });
}

async function hasten(
  session: SqlSession,
  alerts: readonly Alert[],
  routes: ReadonlyMap<string, Routes>,
  { entered, now }: { entered: readonly Group[]; now: number },
): Promise<void> {
  const ids = alerts.map(({ id }) => id);
  const locked = new Set(entered.map(({ id }) => id));
  const known = (await groupStore.memberships(session, ids)).map(({ groupId }) => groupId);
  const others = await groupStore.lock(
    session,
    [...new Set(known)].filter((id) => !locked.has(id)),
  );
  // What a channel was told may have changed while this waited for the groups.
  const memberships = await groupStore.memberships(session, ids);
  const groups = new Map([...entered, ...others].map((group) => [group.id, group]));
  const lives = new Map(alerts.map((alert) => [alert.id, alert]));
  const dues = memberships.flatMap((membership) => {
    const group = groups.get(membership.groupId);
    const alert = lives.get(membership.alertId)!;
    if (!group) return [];
    const member = { ...membership, life: memberLifeOf(alert.lifecycle) };
    const settings = settingsOf(routes.get(alert.tenantId)!, group.routeId);
    const at = dueAt(member, group.lastNotifiedAt, settings, now);
    // Nothing to tell of what ended: its group has to let it go.
    if (at === null) return isFiring(alert.lifecycle) ? [] : [{ groupId: group.id, at: now }];
    return [{ groupId: group.id, at }];
  });
  await groupStore.hasten(session, earliest(dues), now);
}

function earliest(dues: readonly { groupId: string; at: number }[]): { groupId: string; at: number }[] {
  const first = new Map<string, number>();
  for (const { groupId, at } of dues) first.set(groupId, Math.min(at, first.get(groupId) ?? Infinity));
  return [...first].map(([groupId, at]) => ({ groupId, at }));
}

function nameOf(one: Pick<Group, 'tenantId' | 'channelId' | 'routeId' | 'groupKey'>): string {
  return JSON.stringify([one.tenantId, one.channelId, one.routeId, one.groupKey]);
}
