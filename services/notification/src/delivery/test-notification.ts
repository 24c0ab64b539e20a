import type { Notification } from './notification.js';

/** A sample, marked as one, that looks like the real thing. */
export function testNotification(given: {
  readonly id: string;
  readonly tenantId: string;
  readonly channelId: string;
  readonly at: Date;
  readonly dashboardUrl: string | null;
}): Notification {
  const { id, tenantId, channelId, dashboardUrl } = given;
  const at = given.at.toISOString();
  return {
    id,
    tenantId,
    channelId,
    kind: 'test',
    groupKey: `test:${id}`,
    alerts: [
      {
        id,
        kind: 'test',
        severity: 'info',
        state: 'open',
        title: 'This is a test from Portcullis. Nothing happened, and this channel works.',
        connection: null,
        agent: null,
        user: null,
        tool: null,
        rule: null,
        occurrences: 1,
        firstSeenAt: at,
        lastSeenAt: at,
        link: null,
      },
    ],
    omitted: 0,
    links: { alerts: dashboardUrl && `${dashboardUrl}/alerts` },
    createdAt: at,
  };
}
