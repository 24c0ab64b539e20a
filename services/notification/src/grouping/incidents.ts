import type { SqlSession } from '@portcullis/postgres';
import { isFiring } from '../alerts/alert.js';
import { DIGEST } from '../delivery/notification.js';
import { groupKeyOf } from './compose-notification.js';
import type { ChannelPass, DueNotification } from './due-notifications.js';

/** Incidents one notification ends at most, so that it stays bounded. */
const ENDS_LIMIT = 50;

interface ChannelOfTenant {
  readonly tenantId: string;
  readonly channelId: string;
}

/**
 * Receivers such as PagerDuty keep one incident for a group key. An alert may be told of under one key and end under
 * another: a digest took it in, it was repeated on its own, new routes moved it. Its former incident ends when no firing
 * alert is left in it, with the notification that took the last one out.
 */
export class Incidents {
  readonly #former: ReadonlyMap<string, string>;

  private constructor(
    private readonly channel: ChannelOfTenant,
    private readonly pass: ChannelPass,
    former: ReadonlyMap<string, string>,
  ) {
    this.#former = former;
  }

  /** Puts what the pass tells of under its new keys. To be called before any alert leaves its group. */
  static async move(session: SqlSession, channel: ChannelOfTenant, pass: ChannelPass): Promise<Incidents> {
    const told = pass.notifications.flatMap((due) => due.members.map((member) => ({ due, member })));
    const rows = await session.query<{ alert_id: string; told_in: string }>(
      `select alert_id, told_in from notification.group_members
       where channel_id = $1 and alert_id = any($2::uuid[]) and told_in is not null`,
      [channel.channelId, told.map(({ member }) => member.alertId)],
    );
    const firing = told.filter(({ member }) => isFiring(member.life));
    await session.query(
      `update notification.group_members set told_in = told.key
       from unnest($2::uuid[], $3::text[]) as told (alert_id, key)
       where channel_id = $1 and group_members.alert_id = told.alert_id`,
      [
        channel.channelId,
        firing.map(({ member }) => member.alertId),
        firing.map(({ due }) => groupKeyOf(due.groups)),
      ],
    );
    return new Incidents(channel, pass, new Map(rows.map((row) => [row.alert_id, row.told_in])));
  }

  /** By notification, the keys whose incidents end with it beside its own. To be called after alerts left their groups. */
  async ended(session: SqlSession): Promise<ReadonlyMap<DueNotification, readonly string[]>> {
    const open = await this.open(session, [...new Set(this.#former.values())]);
    const ended = new Map<DueNotification, readonly string[]>();
    for (const due of this.pass.notifications) {
      const own = groupKeyOf(due.groups);
      const keys = new Set<string>();
      for (const { alertId } of due.members) {
        const former = this.#former.get(alertId);
        if (former === undefined || open.has(former)) continue;
        // The end of a group ends its own incident anyway; a digest may end while others of the one before still fire.
        if (former !== own || own === DIGEST) keys.add(former);
      }
      // Each incident ends once in a pass.
      for (const key of keys) open.add(key);
      if (keys.size > 0) ended.set(due, [...keys].slice(0, ENDS_LIMIT));
    }
    return ended;
  }

  /** Those of the keys under which the channel knows of an alert that fires. */
  private async open(session: SqlSession, keys: readonly string[]): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    const rows = await session.query<{ told_in: string }>(
      `select distinct told_in from notification.groups join notification.group_members on group_id = groups.id
       where groups.tenant_id = $1 and groups.channel_id = $2 and told_firing and told_in = any($3::text[])`,
      [this.channel.tenantId, this.channel.channelId, keys],
    );
    return new Set(rows.map((row) => row.told_in));
  }
}
