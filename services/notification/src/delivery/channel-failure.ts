import type { ChannelHealth, ChannelRecord } from '../channels/channel-record.js';
import type { Notification } from './notification.js';

/** Tells over one channel that another one of the organization does not work. */
export function channelFailure(
  failing: ChannelRecord,
  health: ChannelHealth,
  { id, channelId, at }: { readonly id: string; readonly channelId: string; readonly at: Date },
): Notification {
  const title = health.stopped
    ? `Notifications over ${failing.name} have stopped: ${health.lastError ?? 'it failed'}`
    : `Notifications over ${failing.name} have failed for a day: ${health.lastError ?? 'no answer'}`;
  return {
    id,
    tenantId: failing.tenantId,
    channelId,
    kind: 'firing',
    groupKey: `channel_failing:${failing.id}`,
    alerts: [
      {
        id: failing.id,
        kind: 'channel_failing',
        severity: 'high',
        state: 'open',
        title,
        connection: null,
        agent: null,
        user: null,
        tool: null,
        rule: null,
        occurrences: health.failures,
        firstSeenAt: (health.failingSince ?? at).toISOString(),
        lastSeenAt: at.toISOString(),
        link: null,
      },
    ],
    omitted: 0,
    links: { alerts: null },
    createdAt: at.toISOString(),
  };
}
