import type { Database, SqlSession } from '@portcullis/postgres';
import { alertStore } from '../alerts/alert-store.js';
import type { NotificationQueue } from '../delivery/notification.js';
import { routeStore } from '../routing/route-store.js';
import { settingsOf } from '../routing/route.js';
import { composeNotification, shownFirst, type ComposeOptions } from './compose-notification.js';
import { dueNotifications, type DueNotification } from './due-notifications.js';
import { groupStore } from './group-store.js';
import { Incidents } from './incidents.js';
import { planGroup } from './plan-group.js';
import { stormBucketStore } from './storm-bucket-store.js';
import type { StormLimits } from './storm-guard.js';

export interface GroupTimersOptions {
  readonly database: Pick<Database, 'query' | 'transaction'>;
  readonly queue: NotificationQueue;
  readonly compose: ComposeOptions;
  readonly limits: StormLimits;
  readonly newId: () => string;
  /** Told how many notifications a pass made. */
  readonly onNotified?: (count: number, details: { readonly digest: boolean }) => void;
}

/** Channels looked at in one pass, and groups of one channel: what is left is still due. */
const CHANNELS = 50;
const GROUPS = 10_000;

/**
 * Tells channels of their groups when their time has come. A timer is a row: a restart forgets none, and a channel is in
 * the hands of one replica at a time. What is told, that it was told and what follows from it are one transaction.
 */
export class GroupTimers {
  constructor(private readonly options: GroupTimersOptions) {}

  /** Everything that is due; gives the number of notifications made. A channel that fails keeps no other waiting. */
  async run(now: number): Promise<number> {
    const { database } = this.options;
    let made = 0;
    const failures: unknown[] = [];
    for (const channel of await groupStore.dueChannels(database, now, CHANNELS)) {
      try {
        made += await database.transaction((session) => this.tell(session, channel, now));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return made;
  }

  private async tell(
    session: SqlSession,
    channel: { readonly tenantId: string; readonly channelId: string },
    now: number,
  ): Promise<number> {
    const { limits, queue, onNotified } = this.options;
    const bucket = await stormBucketStore.hold(session, channel, limits, now);
    if (!bucket) return 0;
    const groups = await groupStore.lockDue(session, channel, now, GROUPS);
    if (groups.length === 0) return 0;
    const ids = groups.map(({ id }) => id);
    await groupStore.settleClock(session, ids, now);
    const members = await groupStore.members(session, ids);
    const routes = await routeStore.routes(session, channel.tenantId);
    const planned = groups.map((found) => {
      const group = { ...found, lastNotifiedAt: found.lastNotifiedAt && Math.min(found.lastNotifiedAt, now) };
      const settings = settingsOf(routes, group.routeId);
      return { group, plan: planGroup(members.get(group.id) ?? [], group.lastNotifiedAt, settings, now) };
    });
    const pass = dueNotifications(planned, bucket, limits, now);

    await groupStore.remember(session, channel.channelId, pass.told);
    const incidents = await Incidents.move(session, channel, pass);
    await groupStore.leave(
      session,
      pass.done.map((alertId) => ({ alertId, channelId: channel.channelId })),
    );
    await groupStore.reschedule(session, pass.groups, now);
    await groupStore.dropEmpty(session, ids);
    await stormBucketStore.save(session, channel, pass.bucket);
    const ended = await incidents.ended(session);
    for (const due of pass.notifications) {
      await queue.enqueue(session, await this.compose(session, { ...due, ends: ended.get(due) ?? [] }, now));
    }
    if (pass.notifications.length > 0) {
      onNotified?.(pass.notifications.length, {
        digest: pass.notifications.some((one) => one.groups.length > 1),
      });
    }
    return pass.notifications.length;
  }

  private async compose(
    session: SqlSession,
    due: DueNotification & { readonly ends: readonly string[] },
    now: number,
  ) {
    const { newId, compose } = this.options;
    const shown = shownFirst(due.members);
    const tenantId = due.groups[0]!.tenantId;
    const alerts = await alertStore.findAll(
      session,
      tenantId,
      shown.map(({ alertId }) => alertId),
    );
    return composeNotification({ ...due, id: newId(), alerts, now }, compose);
  }
}
